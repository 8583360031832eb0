import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Card } from "@/ui/page";
import { Scrolled } from "@/ui/scrolled";
import { prettyJson } from "./exact-json";
import { rawText } from "./raw-text";
import type { LoadedEntry, RevealedEntry } from "./queries";

type PayloadProps = {
    loaded: LoadedEntry;
    revealed: RevealedEntry | null;
    mayReveal: boolean;
    onReveal: () => void;
    onHide: () => void;
};
type Shown = "payload" | "edited" | "raw";

/** What failed. Without a reason that is written down, what people said in it is masked. */
export function Payload({ loaded, revealed, mayReveal, onReveal, onHide }: PayloadProps) {
    const { t } = useTranslation("operations");
    const texts = textsOf(loaded, revealed);
    const [wanted, setWanted] = useState<Shown>("payload");
    const shown = texts[wanted] === undefined ? "payload" : wanted;
    const text = texts[shown] ?? "";
    return (
        <Card className="grid min-w-0 content-start gap-3" aria-labelledby="payload-title">
            <div className="flex flex-wrap items-center gap-2">
                <h2 id="payload-title" className="text-sm font-semibold">
                    {t("payload.title")}
                </h2>
                <Badge variant={revealed ? "warning" : "neutral"}>
                    {t(revealed ? "payload.revealed" : "payload.redacted")}
                </Badge>
                <span className="ml-auto flex flex-wrap gap-1.5">
                    {text !== "" && <CopyButton text={text} label={t("payload.copy")} />}
                    {revealed ? (
                        <Button size="sm" variant="outline" onClick={onHide}>
                            <EyeOff aria-hidden />
                            {t("payload.hide")}
                        </Button>
                    ) : (
                        mayReveal && (
                            <Button size="sm" variant="outline" onClick={onReveal}>
                                <Eye aria-hidden />
                                {t("payload.reveal")}
                            </Button>
                        )
                    )}
                </span>
            </div>
            <Choice texts={texts} shown={shown} onShow={setWanted} />
            {text === "" ? (
                <p className="text-sm text-muted-foreground">{t("payload.none")}</p>
            ) : (
                <Scrolled label={t(`payload.${shown}`)} className="max-h-[32rem] p-3 text-[0.8125rem] leading-5">
                    {text}
                </Scrolled>
            )}
        </Card>
    );
}

function textsOf({ payload, edited }: LoadedEntry, revealed: RevealedEntry | null): Partial<Record<Shown, string>> {
    const [came, instead] = revealed ? [revealed.payload, revealed.edited] : [payload, edited];
    return {
        payload: came === null ? "" : prettyJson(came),
        ...(instead === null ? {} : { edited: prettyJson(instead) }),
        ...(revealed?.raw ? { raw: rawText(revealed.raw) } : {}),
    };
}

type ChoiceProps = { texts: Partial<Record<Shown, string>>; shown: Shown; onShow: (shown: Shown) => void };

function Choice({ texts, shown, onShow }: ChoiceProps) {
    const { t } = useTranslation("operations");
    const there = (["payload", "edited", "raw"] as const).filter((one) => texts[one] !== undefined);
    if (there.length < 2) return null;
    return (
        <div role="group" aria-label={t("payload.choice")} className="flex flex-wrap gap-1.5">
            {there.map((one) => (
                <Button
                    key={one}
                    size="sm"
                    variant={one === shown ? "secondary" : "ghost"}
                    aria-pressed={one === shown}
                    onClick={() => onShow(one)}
                >
                    {t(`payload.${one}`)}
                </Button>
            ))}
        </div>
    );
}
