import { useTranslation } from "react-i18next";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuRadioGroup,
    DropdownMenuRadioItem,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { usePresenceSystem } from "./usePresenceSystem";

const DOTS = { online: "bg-success", away: "bg-warning", busy: "bg-destructive", offline: "bg-muted-foreground" };
const NAMES = { online: "available", away: "away", busy: "busy", offline: "offlineUser" };

/** How colleagues see the user, and the menu that changes it. */
export function AvailabilityMenu({ wide }: { wide: boolean }) {
    const { t } = useTranslation("realtime");
    const { mine, stale, setStatus } = usePresenceSystem();
    const name = t(NAMES[mine]);
    const choose = (status: string) => void setStatus(status as "online" | "busy" | "offline").catch(() => undefined);
    return (
        <DropdownMenu>
            <DropdownMenuTrigger
                aria-label={t("availability", { status: name })}
                className="flex h-9 min-w-9 items-center justify-center gap-2 rounded-md px-2.5 text-xs font-medium hover:bg-accent"
            >
                <span
                    aria-hidden
                    className={`size-2.5 shrink-0 rounded-full ${DOTS[mine]} ${stale ? "opacity-50" : ""}`}
                />
                {wide && <span className="mr-auto truncate">{name}</span>}
            </DropdownMenuTrigger>
            <DropdownMenuContent side="top" align="start" aria-label={t("changeAvailability")}>
                <DropdownMenuRadioGroup value={mine === "away" ? "online" : mine} onValueChange={choose}>
                    <DropdownMenuRadioItem value="online">{t("available")}</DropdownMenuRadioItem>
                    <DropdownMenuRadioItem value="busy">{t("busy")}</DropdownMenuRadioItem>
                    <DropdownMenuRadioItem value="offline">{t("invisible")}</DropdownMenuRadioItem>
                </DropdownMenuRadioGroup>
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
