import { Info } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { LoginRefusal } from "./LoginRefusal";
import { PasswordInput } from "./PasswordInput";
import { session } from "./session";
import { signIn } from "./signing-in";
import { useCountdown } from "./useCountdown";

export function LoginForm() {
    const { t } = useTranslation("session");
    const [pending, setPending] = useState(false);
    const [missing, setMissing] = useState<readonly string[]>([]);
    const [problem, setProblem] = useState<Problem | null>(null);
    const [waitUntil, setWaitUntil] = useState<number | null>(null);
    const waiting = useCountdown(waitUntil);
    const password = useRef<HTMLInputElement>(null);

    async function submit(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const [email, secret] = [String(form.get("email")).trim(), String(form.get("password"))];
        const empty = [...(email ? [] : ["email"]), ...(secret ? [] : ["password"])];
        setMissing(empty);
        if (empty.length > 0 || pending || waiting > 0) return;
        setPending(true);
        setProblem(null);
        try {
            await signIn(email, secret);
        } catch (error) {
            const refusal = asProblem(error);
            setProblem(refusal);
            setWaitUntil(refusal.status === 429 ? Date.now() + (refusal.retryAfterSeconds ?? 5) * 1000 : null);
            setPending(false);
            password.current?.select();
        }
    }

    return (
        <form noValidate onSubmit={submit} className="grid gap-4 rounded-xl border bg-card p-6 shadow-small">
            {session.endedBy() === "expired" && !problem && (
                <p role="status" className="flex gap-2 rounded-md bg-info-soft px-3 py-2 text-sm text-info">
                    <Info aria-hidden className="mt-0.5 size-4 shrink-0" />
                    {t("expired")}
                </p>
            )}
            <LoginRefusal problem={problem} waiting={waiting} />
            <Field label={t("email")} error={missing.includes("email") && t("required")}>
                {/* eslint-disable-next-line jsx-a11y/no-autofocus -- signing in is all that this page is for */}
                <Input name="email" type="email" autoComplete="username" autoFocus className="h-10" />
            </Field>
            <Field label={t("password")} error={missing.includes("password") && t("required")}>
                <PasswordInput ref={password} name="password" autoComplete="current-password" className="h-10" />
            </Field>
            <Button type="submit" size="lg" pending={pending} disabled={waiting > 0} className="mt-1">
                {pending ? t("submitting") : t("submit")}
            </Button>
        </form>
    );
}
