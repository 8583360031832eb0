import { type ClipboardEvent, type DragEvent, useState } from "react";

/** Takes files that are dropped anywhere on a box, or pasted into it. */
export function useDroppedFiles(onFiles: (files: FileList) => void) {
    const [dropping, setDropping] = useState(false);
    const drop = {
        onDragOver: (event: DragEvent) => {
            if (!hasFiles(event)) return;
            event.preventDefault();
            setDropping(true);
        },
        onDragLeave: () => setDropping(false),
        onDrop: (event: DragEvent) => {
            // Text is the box's own to take.
            if (!hasFiles(event)) return;
            event.preventDefault();
            setDropping(false);
            onFiles(event.dataTransfer.files);
        },
    };
    const paste = (event: ClipboardEvent) => {
        if (event.clipboardData.files.length === 0) return;
        event.preventDefault();
        onFiles(event.clipboardData.files);
    };
    return { dropping, drop, paste };
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
    return dataTransfer.types.includes("Files");
}
