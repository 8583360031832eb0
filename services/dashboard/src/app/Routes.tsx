import { lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation, useSearch } from "wouter";
import { loginPath, wayBack } from "@/session/way-back";
import { useSession } from "@/session/useSession";
import { SignedIn } from "./SignedIn";

const LoginPage = lazy(() => import("@/session/LoginPage"));

/** Signing in, and everything that needs it. */
export function Routes() {
    return (
        <Switch>
            <Route path="/login">
                <Login />
            </Route>
            <Route>
                <Guarded />
            </Route>
        </Switch>
    );
}

function Login() {
    const search = useSearch();
    if (useSession()) return <Redirect to={wayBack(search)} replace />;
    return (
        <Suspense fallback={null}>
            <LoginPage />
        </Suspense>
    );
}

function Guarded() {
    const identity = useSession();
    const [pathname] = useLocation();
    const search = useSearch();
    if (!identity) return <Redirect to={loginPath(pathname, search)} replace />;
    // Another user gets nothing of what this one has loaded.
    return <SignedIn key={`${identity.clinic.id} ${identity.user.id}`} />;
}
