import { session } from "@/session/session";
import { bring } from "./page-elements";
import { pageAt } from "./pages";

/** Have the page that the address leads to on its way before anything is rendered: the shell need not be there first. */
export function bringFirstPage(pathname: string): void {
    const page = pageAt(pathname);
    // A failure is told where the page is shown.
    if (page && session.identity()) bring(page.file).catch(() => undefined);
}
