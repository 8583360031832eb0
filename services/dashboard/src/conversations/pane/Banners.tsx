import { Archive, CloudOff, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import type { Conversation } from "../entities";

type BannersProps = {
    conversation: Conversation;
    userId: string;
    assigneeName: string;
    mayTake: boolean;
    liveness: "live" | "connecting" | "offline";
    refusal: string | null;
    onTake: () => void;
};

/** What one must know before answering: whose this is, and whether anything arrives. */
export function Banners({ conversation, userId, assigneeName, mayTake, liveness, refusal, onTake }: BannersProps) {
    const { t } = useTranslation("conversations");
    const assigned = conversation.assigned_to;
    return (
        <>
            {liveness === "offline" && (
                <Banner tone="warning" icon={<CloudOff aria-hidden />}>
                    {t("banner.offline")}
                </Banner>
            )}
            {refusal && liveness === "live" && (
                <Banner tone="warning" icon={<CloudOff aria-hidden />}>
                    {t("banner.refused", { reason: refusal })}
                </Banner>
            )}
            {conversation.status === "archived" && (
                <Banner tone="neutral" icon={<Archive aria-hidden />}>
                    {t("banner.archived")}
                </Banner>
            )}
            {assigned !== userId && conversation.status === "active" && (
                <Banner
                    tone={assigned === null ? "neutral" : "warning"}
                    icon={<UserRound aria-hidden />}
                    action={
                        mayTake && (
                            <Button variant="outline" size="sm" className="h-7" onClick={onTake}>
                                {t("banner.take")}
                            </Button>
                        )
                    }
                >
                    {assigned === null ? t("banner.nobodys") : t("banner.theirs", { name: assigneeName })}
                </Banner>
            )}
        </>
    );
}

type BannerProps = { tone: "warning" | "neutral"; icon: ReactNode; action?: ReactNode; children: ReactNode };

function Banner({ tone, icon, action, children }: BannerProps) {
    return (
        <div
            role="status"
            className={cn(
                "flex min-h-10 shrink-0 items-center gap-2 border-b px-4 py-1 text-[0.8125rem] [&_svg]:size-4 [&_svg]:shrink-0",
                tone === "warning" ? "bg-warning-soft text-warning" : "bg-muted text-muted-foreground",
            )}
        >
            {icon}
            <span className="min-w-0 flex-1">{children}</span>
            {action}
        </div>
    );
}
