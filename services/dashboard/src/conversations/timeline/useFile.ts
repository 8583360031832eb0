import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";

/** The bytes of an attachment, fetched with the session's token, as an address that only this page can open. */
export function useFile(attachmentId: string, wanted: boolean) {
    const { data, error, isFetching, refetch } = useQuery({
        queryKey: ["attachment", attachmentId],
        queryFn: () =>
            answer(
                api.GET("/api/attachments/{attachment_id}", {
                    params: { path: { attachment_id: attachmentId } },
                    parseAs: "blob",
                }),
            ),
        enabled: wanted,
        staleTime: Number.POSITIVE_INFINITY,
    });
    const url = useObjectUrl(data as Blob | undefined);
    return { url, error, isFetching, retry: () => void refetch() };
}

function useObjectUrl(blob: Blob | undefined): string | null {
    const [url, setUrl] = useState<string | null>(null);
    useEffect(() => {
        if (!blob) return;
        const made = URL.createObjectURL(blob);
        // The address has a lifetime of its own, which only an effect can end.
        // eslint-disable-next-line react-hooks/set-state-in-effect
        setUrl(made);
        return () => {
            setUrl(null);
            URL.revokeObjectURL(made);
        };
    }, [blob]);
    return url;
}

/** Fetch an attachment and have the browser save it under its name. */
export async function saveFile(attachmentId: string, fileName: string): Promise<void> {
    const blob = (await answer(
        api.GET("/api/attachments/{attachment_id}", {
            params: { path: { attachment_id: attachmentId } },
            parseAs: "blob",
        }),
    )) as Blob;
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
