import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Input } from "@/ui/input";

/** A password, which can be looked at. */
export function PasswordInput({ className, ...rest }: ComponentProps<"input">) {
    const { t } = useTranslation("session");
    const [shown, setShown] = useState(false);
    const Icon = shown ? EyeOff : Eye;
    return (
        <div className="relative">
            <Input type={shown ? "text" : "password"} className={cn("pr-11", className)} {...rest} />
            <Button
                variant="ghost"
                size="icon-sm"
                className="absolute inset-y-0 right-1 my-auto text-muted-foreground"
                aria-label={t(shown ? "hidePassword" : "showPassword")}
                onClick={() => setShown(!shown)}
            >
                <Icon aria-hidden />
            </Button>
        </div>
    );
}
