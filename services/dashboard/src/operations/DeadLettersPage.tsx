import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/ui/tabs";
import { Badge } from "@/ui/badge";
import { useLanguage } from "@/i18n/useTimes";
import { ExportMenu } from "./dead-letters/ExportMenu";
import { FacetBar } from "./dead-letters/FacetBar";
import { kindsOf } from "./dead-letters/groups";
import { KindList } from "./dead-letters/KindList";
import { MessageList } from "./dead-letters/MessageList";
import { useIssues, useSummary } from "./dead-letters/queries";
import { ReplayCards } from "./dead-letters/ReplayCard";
import { SummaryTiles } from "./dead-letters/SummaryTiles";
import { useFilter } from "./dead-letters/useFilter";
import { FiguresSkeleton } from "./Figure";

/** What could not be worked: which, why, and what becomes of it. */
export default function DeadLettersPage() {
    const { t } = useTranslation("operations");
    usePageTitle(t("dlq.title"));
    const { filter, shown, setFilter, go } = useFilter();
    const number = new Intl.NumberFormat(useLanguage());
    const summary = useSummary(filter);
    const issues = useIssues();
    const kinds = kindsOf(summary.data?.groups ?? [], issues.data?.issues ?? []);
    return (
        <Page
            title={t("dlq.title")}
            text={t("dlq.text")}
            actions={<ExportMenu filter={filter} />}
            className="max-w-[96rem]"
        >
            <Region query={summary} skeleton={<FiguresSkeleton count={4} />}>
                {(found) => <SummaryTiles summary={found} kinds={kinds.length} />}
            </Region>
            <ReplayCards />
            <FacetBar filter={filter} onChange={setFilter} />
            <Tabs
                value={shown}
                onValueChange={(value) => go(filter, value === "kinds" ? "kinds" : "messages")}
                className="grid grid-cols-1 gap-3"
            >
                <TabsList>
                    <TabsTrigger value="messages">
                        {t("dlq.messages")}
                        {summary.data && <Badge variant="neutral">{number.format(summary.data.total)}</Badge>}
                    </TabsTrigger>
                    <TabsTrigger value="kinds">
                        {t("dlq.kinds")}
                        {summary.data && <Badge variant="neutral">{number.format(kinds.length)}</Badge>}
                    </TabsTrigger>
                </TabsList>
                <TabsContent value="messages" tabIndex={-1}>
                    <MessageList filter={filter} onFilter={setFilter} />
                </TabsContent>
                <TabsContent value="kinds" tabIndex={-1}>
                    <KindList summary={summary} kinds={kinds} filter={filter} onFilter={setFilter} />
                </TabsContent>
            </Tabs>
        </Page>
    );
}
