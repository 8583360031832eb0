/** A label: its name, and its colour beside it. */
export function LabelChip({ name, colour }: { name: string; colour: string }) {
    return (
        <span className="inline-flex max-w-full items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-[0.8125rem] font-medium">
            <span
                aria-hidden
                className="size-2.5 shrink-0 rounded-full ring-1 ring-foreground/30"
                style={{ backgroundColor: colour }}
            />
            <span className="truncate">{name}</span>
        </span>
    );
}
