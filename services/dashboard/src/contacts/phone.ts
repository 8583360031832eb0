/** `+55 11 96586-0124`; what is no Brazilian number stays as it is, with a plus. */
export function phoneText(phone: string | null): string {
    if (!phone) return "";
    const parts = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(phone);
    if (parts) return `+55 ${parts[1]} ${parts[2]}-${parts[3]}`;
    return /^\d+$/.test(phone) ? `+${phone}` : phone;
}
