import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { isOnlyEmoji, type Piece, piecesOf } from "./richtext";

const FOLDED_AT = 1500;
const FOLDED_TO = 1200;

/** A message's words as WhatsApp shows them. A very long one is folded, so that one message does not fill the day. */
export function RichText({ text }: { text: string }) {
    const { t } = useTranslation("conversations");
    const [open, setOpen] = useState(false);
    const folded = !open && text.length > FOLDED_AT;
    return (
        <p
            dir="auto"
            className={cn(
                "break-words whitespace-pre-wrap [overflow-wrap:anywhere]",
                isOnlyEmoji(text) && "text-3xl leading-snug",
            )}
        >
            {piecesOf(folded ? `${text.slice(0, FOLDED_TO)}…` : text).map((piece, index) => (
                <TextPiece key={index} piece={piece} />
            ))}
            {folded && (
                <button
                    type="button"
                    className="ml-1 font-medium text-primary-text hover:underline"
                    onClick={() => setOpen(true)}
                >
                    {t("message.showMore")}
                </button>
            )}
        </p>
    );
}

function TextPiece({ piece }: { piece: Piece }) {
    if (piece.href)
        return (
            <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" className="text-info underline">
                {piece.text}
            </a>
        );
    switch (piece.style) {
        case "bold":
            return <strong className="font-semibold">{piece.text}</strong>;
        case "italic":
            return <em>{piece.text}</em>;
        case "strike":
            return <s>{piece.text}</s>;
        case "code":
            return <code className="rounded bg-muted px-1 font-mono text-[0.8125rem]">{piece.text}</code>;
        default:
            return piece.text;
    }
}
