import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, type ButtonProps } from "./button";
import { copyText } from "./copy-text";

const SHOWN_MS = 2000;

type CopyButtonProps = { text: string; label: string } & Pick<ButtonProps, "size" | "variant" | "className">;

/** Puts a text into the clipboard, and says whether that worked. */
export function CopyButton({ text, label, size = "sm", variant = "outline", className }: CopyButtonProps) {
    const { t } = useTranslation("ui");
    const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
    useEffect(() => {
        if (!outcome) return;
        const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
        return () => clearTimeout(timer);
    }, [outcome]);
    const copy = async () => setOutcome((await copyText(text)) ? "copied" : "failed");
    return (
        <>
            <Button size={size} variant={variant} className={className} onClick={() => void copy()}>
                {outcome === "copied" ? <Check aria-hidden /> : <Copy aria-hidden />}
                {outcome ? t(`copy.${outcome}`) : label}
            </Button>
            <span role="status" className="sr-only">
                {outcome && t(`copy.${outcome}`)}
            </span>
        </>
    );
}
