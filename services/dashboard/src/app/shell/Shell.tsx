import { Redirect, Route, Switch } from "wouter";
import { PaletteHost } from "@/conversations/palette/PaletteHost";
import { useStillSignedIn } from "@/session/useStillSignedIn";
import { MissingPage } from "../MissingPage";
import { PAGES } from "../pages";
import { BottomBar } from "./BottomBar";
import { PageFrame } from "./PageFrame";
import { Rail } from "./Rail";
import { SkipLink } from "./SkipLink";

// One pattern for a conversation and none, so that choosing one does not build the page anew.
const ROUTES = PAGES.filter(({ path }) => path !== "/conversations/:id").map((page) =>
    page.path === "/conversations" ? { ...page, path: "/conversations/:id?" } : page,
);

/** The rail and the page beside it; on narrow screens a bar below the page. */
export function Shell() {
    useStillSignedIn();
    return (
        <div className="flex h-dvh flex-col bg-background md:flex-row">
            <SkipLink />
            <Rail />
            <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col">
                <Switch>
                    <Route path="/">
                        <Redirect to="/conversations" replace />
                    </Route>
                    {ROUTES.map((page) => (
                        <Route key={page.path} path={page.path}>
                            <PageFrame page={page} />
                        </Route>
                    ))}
                    <Route>
                        <MissingPage />
                    </Route>
                </Switch>
            </main>
            <BottomBar />
            <PaletteHost />
        </div>
    );
}
