import { Archive, CircleDot } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import type { Status } from "../entities";

export function StatusChip({ status }: { status: Status }) {
    const { t } = useTranslation("conversations");
    const open = status === "active";
    const Icon = open ? CircleDot : Archive;
    return (
        <Badge variant={open ? "success" : "outline"}>
            <Icon aria-hidden /> {t(`status.${status}`)}
        </Badge>
    );
}
