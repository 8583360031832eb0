export type Level = "calm" | "warning" | "alarm";

/** An event older than this means workers do not keep up; ten times it, that patients wait for nothing. */
const AGE_WARNING_SECONDS = 30;
const AGE_ALARM_SECONDS = 300;
const ERRORS_WARNING = 0.01;
const ERRORS_ALARM = 0.1;

export function ageLevel(seconds: number): Level {
    return levelOf(seconds, AGE_WARNING_SECONDS, AGE_ALARM_SECONDS);
}

export function errorLevel(share: number): Level {
    return levelOf(share, ERRORS_WARNING, ERRORS_ALARM);
}

function levelOf(value: number, warning: number, alarm: number): Level {
    if (value >= alarm) return "alarm";
    return value >= warning ? "warning" : "calm";
}
