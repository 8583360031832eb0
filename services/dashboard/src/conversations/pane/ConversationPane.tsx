import { MessageSquareOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { asProblem } from "@/api/problem";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { useConversationDetail } from "../data/useConversationDetail";
import type { Screen } from "../desk/useScreen";
import { OpenConversation } from "./OpenConversation";
import { PaneSkeleton } from "./PaneSkeleton";

type ConversationPaneProps = {
    conversationId: string;
    screen: Screen;
    /** Whether the focus may come here, once there is something to write into. */
    mayFocus: () => boolean;
    backHref: string;
};

/** One conversation; or what stands there until it is loaded, or where it cannot be. */
export function ConversationPane({ conversationId, screen, mayFocus, backHref }: ConversationPaneProps) {
    const detail = useConversationDetail(conversationId);
    if (detail.conversation)
        return (
            <OpenConversation
                key={detail.conversation.id}
                conversation={detail.conversation}
                detail={detail}
                screen={screen}
                mayFocus={mayFocus}
                backHref={backHref}
            />
        );
    if (detail.isPending || !detail.error) return <PaneSkeleton />;
    if (asProblem(detail.error).status === 404) return <Gone backHref={backHref} />;
    return <ErrorState error={detail.error} onRetry={detail.refetch} className="h-full flex-1" />;
}

function Gone({ backHref }: { backHref: string }) {
    const { t } = useTranslation("conversations");
    return (
        <EmptyState
            className="h-full flex-1"
            icon={MessageSquareOff}
            title={t("timeline.gone")}
            text={t("timeline.goneText")}
            action={
                <Button asChild variant="outline">
                    <Link href={backHref}>{t("header.back")}</Link>
                </Button>
            }
        />
    );
}
