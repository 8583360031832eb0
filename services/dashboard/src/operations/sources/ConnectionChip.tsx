import { CircleCheck, CircleDashed, CircleOff, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import { lineOf } from "./line";

const LOOKS = {
    open: { variant: "success", Icon: CircleCheck },
    connecting: { variant: "warning", Icon: LoaderCircle },
    close: { variant: "destructive", Icon: CircleOff },
    unknown: { variant: "neutral", Icon: CircleDashed },
} as const;

/** The state of a line to WhatsApp, in words and a sign. */
export function ConnectionChip({ state }: { state: string }) {
    const { t } = useTranslation("operations");
    const line = lineOf(state);
    const { variant, Icon } = LOOKS[line];
    return (
        <Badge variant={variant}>
            <Icon aria-hidden />
            {t(`line.${line}`)}
        </Badge>
    );
}
