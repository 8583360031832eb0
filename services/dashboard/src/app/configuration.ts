/** What `/config.json` says: the API makes it for this page. */
export interface Configuration {
    realtime: { socket_url: string; poll_url: string; command_url: string; reconnect_max_attempts: number };
}

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
    return (await response.json()) as Configuration;
}
