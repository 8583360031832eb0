import { Problem } from "@/api/problem";
import { session } from "@/session/session";

/** A file's bytes on their way to the API. A request object of its own, for `fetch` tells nothing of progress. */
export async function uploadFile(
    conversationId: string,
    file: File,
    onProgress: (share: number) => void,
    signal: AbortSignal,
): Promise<string> {
    await session.refreshIfDue();
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open("POST", `/api/conversations-simple/${encodeURIComponent(conversationId)}/attachments`);
        request.setRequestHeader("Authorization", `Bearer ${session.token() ?? ""}`);
        request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
        request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
        request.responseType = "json";
        request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
        request.onerror = () => reject(new Problem(0, {}));
        request.onabort = () => reject(new DOMException("aborted", "AbortError"));
        request.onload = () => settle(request, resolve, reject);
        signal.addEventListener("abort", () => request.abort());
        request.send(file);
    });
}

function settle(request: XMLHttpRequest, resolve: (id: string) => void, reject: (error: Problem) => void): void {
    const body = request.response as { attachment?: { id?: string } } | null;
    const id = body?.attachment?.id;
    if (request.status === 201 && id) resolve(id);
    else reject(new Problem(request.status, (body ?? {}) as Record<string, unknown>));
}
