import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/session/useSession";
import { ForbiddenPage } from "../ForbiddenPage";
import { PAGE_ELEMENTS } from "../page-elements";
import { isOpenTo, type Page } from "../pages";
import { RegionBoundary } from "../RegionBoundary";
import { usePageTitle } from "../usePageTitle";
import { PageSkeleton } from "./PageSkeleton";
import { SectionTabs } from "./SectionTabs";
import { useFocusOnArrival } from "./useFocusOnArrival";

/** A page with its title, its section's tabs, and what stands there while it loads or where it fails. */
export function PageFrame({ page }: { page: Page }) {
    const { role } = useUser();
    useFocusOnArrival(page.file);
    if (!isOpenTo(page, role)) return <ForbiddenPage />;
    return (
        <>
            {/* Before the page, which may say it more exactly. */}
            <DefaultTitle page={page} />
            <SectionTabs section={page.section} />
            <div className="min-h-0 flex-1">
                <RegionBoundary key={page.file}>
                    <Suspense fallback={<PageSkeleton />}>{PAGE_ELEMENTS.get(page.file)}</Suspense>
                </RegionBoundary>
            </div>
        </>
    );
}

function DefaultTitle({ page }: { page: Page }) {
    const { t } = useTranslation("app");
    usePageTitle(t(`pages.${page.id}`));
    return null;
}
