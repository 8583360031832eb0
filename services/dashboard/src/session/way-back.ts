const START = "/conversations";

/** The login page, remembering where one was. */
export function loginPath(pathname: string, search: string): string {
    const here = pathname + (search && `?${search.replace(/^\?/, "")}`);
    return here === "/" || here.startsWith("/login") ? "/login" : `/login?next=${encodeURIComponent(here)}`;
}

/** Where to go after signing in: a path of ours, whatever somebody wrote into the address. */
export function wayBack(search: string): string {
    const next = new URLSearchParams(search).get("next");
    if (!next) return START;
    const base = "https://dashboard.invalid";
    const url = URL.canParse(next, base) ? new URL(next, base) : null;
    const ours = url?.origin === base && next.startsWith("/") && !url.pathname.startsWith("/login");
    return ours ? url.pathname + url.search + url.hash : START;
}
