import * as z from "zod/mini";

const shape = z.object({
    realtime: z.object({
        socket_url: z.url(),
        poll_url: z.url(),
        command_url: z.url(),
        reconnect_max_attempts: z.number(),
    }),
});

export type Configuration = z.infer<typeof shape>;

let loading: Promise<Configuration> | null = null;

/** Where the realtime gateway is, as whoever serves this page says. Loaded once; a failure is tried again when next asked. */
export function configuration(): Promise<Configuration> {
    loading ??= load().catch((error: unknown) => {
        loading = null;
        throw error;
    });
    return loading;
}

async function load(): Promise<Configuration> {
    const response = await fetch("/config.json");
    if (!response.ok) throw new Error(`config.json answered ${response.status}`);
    return shape.parse(await response.json());
}
