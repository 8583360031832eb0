/** What people put between the digits of a number. */
const BETWEEN_DIGITS = /[\s.,'’]/g;

/** Whether somebody typed the number of what they are about to do: the number that the dry run counted, and no other. */
export function isConfirmed(typed: string, count: number): boolean {
    const digits = typed.replaceAll(BETWEEN_DIGITS, "");
    return /^[1-9]\d*$/.test(digits) && digits === String(count);
}
