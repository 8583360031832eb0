import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/ui/input";

const PAUSE_MS = 250;

type SearchFieldProps = { value: string; onSearch: (text: string) => void; label?: string; id?: string };

/** A search that begins by itself when typing pauses. */
export function SearchField({ value, onSearch, label, id }: SearchFieldProps) {
    const { t } = useTranslation("conversations");
    const [text, setText] = useState(value);
    const [shown, setShown] = useState(value);
    if (shown !== value) {
        // The address was changed from elsewhere: Back, or "clear filters".
        setShown(value);
        setText(value);
    }
    const search = useRef(onSearch);
    useEffect(() => {
        search.current = onSearch;
    });
    useEffect(() => {
        if (text === shown) return;
        const timer = setTimeout(() => {
            setShown(text);
            search.current(text);
        }, PAUSE_MS);
        return () => clearTimeout(timer);
    }, [text, shown]);
    return (
        <div className="relative min-w-0 flex-1">
            <Search
                aria-hidden
                className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground"
            />
            <Input
                id={id}
                type="search"
                value={text}
                onChange={(event) => setText(event.target.value)}
                aria-label={label ?? t("list.search")}
                placeholder={label ?? t("list.search")}
                className="h-8 pr-8 pl-8 text-[0.8125rem] [&::-webkit-search-cancel-button]:hidden"
            />
            {text && (
                <button
                    type="button"
                    aria-label={t("list.clearSearch")}
                    onClick={() => setText("")}
                    className="absolute top-1/2 right-1 grid size-6 -translate-y-1/2 place-items-center rounded text-muted-foreground hover:bg-accent hover:text-foreground"
                >
                    <X aria-hidden className="size-3.5" />
                </button>
            )}
        </div>
    );
}
