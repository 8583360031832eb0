/** What the pill of a row says: beyond 99 the number itself tells nothing more. */
export function unreadText(count: number): string {
    return count > 99 ? "99+" : String(count);
}
