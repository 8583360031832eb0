import type { ExternalToast } from "sonner";
import { lazily } from "./lazily";
import type { Toast } from "./Notices";

const Notices = lazily(() => import("./Notices").then((file) => file.Notices));

let ready: (toast: Toast) => void;
const shown = new Promise<Toast>((resolve) => (ready = resolve));
const onReady = (given: Toast) => ready(given);

const say = (how: "message" | "success" | "error") => (text: string, options?: ExternalToast) =>
    void shown.then((given) => given[how](text, options));

/** A toast, from anywhere; what is said before they can be shown is shown then. */
export const toast = Object.assign(say("message"), { success: say("success"), error: say("error") });

/** Where toasts appear. */
export function Toaster({ theme }: { theme: "light" | "dark" }) {
    return <Notices theme={theme} onReady={onReady} />;
}
