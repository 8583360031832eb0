import { Ban, CircleCheck, CircleX, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import type { State } from "./filter";

const LOOKS = {
    dead: { variant: "destructive", Icon: CircleX },
    replaying: { variant: "info", Icon: LoaderCircle },
    replayed: { variant: "success", Icon: CircleCheck },
    discarded: { variant: "neutral", Icon: Ban },
} as const;

export function StateChip({ state }: { state: State }) {
    const { t } = useTranslation("operations");
    const { variant, Icon } = LOOKS[state];
    return (
        <Badge variant={variant}>
            <Icon aria-hidden />
            {t(`state.${state}`)}
        </Badge>
    );
}
