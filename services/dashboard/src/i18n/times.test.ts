import fc from "fast-check";
import { expect, test } from "vitest";
import { clockTime, dayIn, daysAgo, duration, fullTime, listTime } from "./times";

const SAO_PAULO = "America/Sao_Paulo";
const ZONES = [SAO_PAULO, "America/Manaus", "America/Noronha", "UTC", "Asia/Tokyo", "Europe/Lisbon"];

test("what the API wrote in the clinic's zone is what is shown, converted once", () => {
    const now = new Date("2025-06-27T12:00:00-03:00");
    expect(listTime("2025-06-27T00:59:16.363-03:00", SAO_PAULO, now)).toBe("00:59");
    expect(listTime("2025-06-26T23:59:59.999-03:00", SAO_PAULO, now)).toBe("26 de jun");
    expect(listTime("2024-12-31T10:00:00.000-03:00", SAO_PAULO, now)).toBe("31 de dez de 2024");
    expect(listTime("2025-06-27T14:30:00.000-03:00", SAO_PAULO, now)).toBe("14:30");
    expect(listTime("2025-06-26T14:30:00.000-03:00", SAO_PAULO, now, "en")).toBe("Jun 26");
});

test("the clock shows the hours and minutes that the API wrote, in every zone", () => {
    const moments = fc.date({ min: new Date("2015-01-01"), max: new Date("2035-01-01"), noInvalidDate: true });
    fc.assert(
        fc.property(moments, fc.constantFrom(...ZONES), (moment, zone) => {
            const iso = inZone(moment, zone);
            expect(clockTime(iso, zone)).toBe(iso.slice(11, 16));
            expect(dayIn(zone, new Date(iso))).toBe(iso.slice(0, 10));
        }),
    );
});

test("a moment is today exactly where the clinic's calendar says so", () => {
    const moments = fc.date({ min: new Date("2024-01-01"), max: new Date("2027-01-01"), noInvalidDate: true });
    fc.assert(
        fc.property(
            moments,
            fc.integer({ min: 0, max: 60 * 24 * 20 }),
            fc.constantFrom(...ZONES),
            (now, minutes, zone) => {
                const iso = new Date(now.getTime() - minutes * 60_000).toISOString();
                const sameDay = dayIn(zone, new Date(iso)) === dayIn(zone, now);
                expect(/^\d\d:\d\d$/.test(listTime(iso, zone, now))).toBe(sameDay);
                expect(daysAgo(iso, zone, now) === 0).toBe(sameDay);
            },
        ),
    );
});

test("midnight is 00:00, and a whole moment has its seconds", () => {
    expect(clockTime("2025-06-27T00:00:00.000-03:00", SAO_PAULO)).toBe("00:00");
    expect(fullTime("2025-06-27T00:59:16.363-03:00", SAO_PAULO)).toBe("27 de jun de 2025, 00:59:16");
});

test("a longer time is never shown as a shorter one", () => {
    const seconds = fc.integer({ min: 0, max: 10_000_000 });
    const units = ["agora", "min", "h", "d"];
    const rank = (text: string) => {
        const [number, unit] = text === "agora" ? [0, "agora"] : [parseInt(text, 10), text.split(" ")[1] ?? ""];
        return units.indexOf(unit) * 1_000_000 + number;
    };
    fc.assert(
        fc.property(seconds, seconds, (a, b) => {
            const [shorter, longer] = a < b ? [a, b] : [b, a];
            expect(rank(duration(shorter))).toBeLessThanOrEqual(rank(duration(longer)));
        }),
    );
});

/** As the API writes it: wall-clock time with the zone's offset. Made without the functions under test. */
function inZone(moment: Date, zone: string): string {
    const name = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" })
        .formatToParts(moment)
        .find(({ type }) => type === "timeZoneName")?.value;
    const offset = name === "GMT" ? "+00:00" : (name ?? "").replace("GMT", "");
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
    const shift = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(moment.getTime() + shift).toISOString().replace("Z", offset);
}
