const BY_STATUS: Readonly<Record<number, string>> = {
    0: "reason.unreachable",
    400: "reason.invalid",
    403: "reason.forbidden",
    404: "reason.missing",
    409: "reason.conflict",
    412: "reason.stale",
    413: "reason.large",
    429: "reason.limited",
    503: "reason.busy",
    504: "reason.slow",
};

/** The text (of `ui`) that says why a request failed, for people. */
export function reasonKey(status: number): string {
    return BY_STATUS[status] ?? (status >= 500 ? "reason.server" : "reason.unknown");
}
