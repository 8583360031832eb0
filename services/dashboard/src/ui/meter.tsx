import { cn } from "./cn";

const TRACK =
    "h-1.5 w-full appearance-none overflow-hidden rounded-full border-0 bg-accent [&::-webkit-progress-bar]:bg-accent";
const TONES = {
    default: "[&::-moz-progress-bar]:bg-primary [&::-webkit-progress-value]:bg-primary",
    warning: "[&::-moz-progress-bar]:bg-warning [&::-webkit-progress-value]:bg-warning",
    success: "[&::-moz-progress-bar]:bg-success [&::-webkit-progress-value]:bg-success",
} as const;

type MeterProps = { share: number; label: string; tone?: keyof typeof TONES; className?: string };

/** How much of a whole, from 0 to 1. The platform's own element: a share set by a style would be against the page's policy. */
export function Meter({ share, label, tone = "default", className }: MeterProps) {
    return <progress aria-label={label} max={1} value={share} className={cn(TRACK, TONES[tone], className)} />;
}
