import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useClinic, useUser } from "@/session/useSession";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Tooltip } from "@/ui/tooltip";
import { AvailabilityChip, ConnectionChip } from "../live";
import { sectionsFor } from "../pages";
import { AccountMenu } from "./AccountMenu";
import { Logo } from "./Logo";
import { RailEntry } from "./RailEntry";
import { useWideRail } from "./useWideRail";

/** The sections, and whoever is signed in; on screens from 768 px. */
export function Rail() {
    const { t } = useTranslation("app");
    const { role } = useUser();
    const [wide, toggle] = useWideRail();
    return (
        <header
            className={cn(
                "hidden shrink-0 flex-col gap-1 border-r bg-sidebar p-2.5 md:flex",
                wide ? "w-52" : "w-15 items-center",
            )}
        >
            <RailHead wide={wide} />
            <nav aria-label={t("navigation")} className="mt-3 w-full flex-1 overflow-y-auto">
                <ul className="grid gap-1">
                    {sectionsFor(role).map((section) => (
                        <li key={section}>
                            <RailEntry section={section} wide={wide} />
                        </li>
                    ))}
                </ul>
            </nav>
            <div className={cn("grid w-full gap-1", !wide && "justify-items-center")}>
                <ConnectionChip wide={wide} />
                <AvailabilityChip wide={wide} />
                <RailWidth wide={wide} onToggle={toggle} />
                <AccountMenu wide={wide} />
            </div>
        </header>
    );
}

function RailHead({ wide }: { wide: boolean }) {
    const { name } = useClinic();
    const head = (
        <div className="flex h-10 items-center gap-2.5 px-1">
            <Logo />
            <span className={wide ? "truncate text-sm font-semibold" : "sr-only"}>{name}</span>
        </div>
    );
    return wide ? (
        head
    ) : (
        <Tooltip text={name} side="right">
            {head}
        </Tooltip>
    );
}

function RailWidth({ wide, onToggle }: { wide: boolean; onToggle: () => void }) {
    const { t } = useTranslation("app");
    const label = t(wide ? "narrower" : "wider");
    const Icon = wide ? PanelLeftClose : PanelLeftOpen;
    return (
        <Tooltip text={label} side="right">
            <Button
                variant="ghost"
                className={cn("text-muted-foreground", wide ? "w-full justify-start px-2.5" : "size-10 px-0")}
                aria-label={label}
                aria-expanded={wide}
                onClick={onToggle}
            >
                <Icon aria-hidden className="size-4.5!" />
                {wide && <span className="font-normal">{label}</span>}
            </Button>
        </Tooltip>
    );
}
