import { useCallback, useEffect, useRef, useState } from "react";

// What browsers can record, best for WhatsApp first; it is made fit for it on the way out.
const TYPES = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];

type Recording = { recorder: MediaRecorder; stream: MediaStream; startedAt: number };

/** Records a voice. `onDone` gets the file; nobody gets what was discarded. */
export function useRecorder(name: string, onDone: (file: File) => void, onRefused: () => void) {
    const running = useRef<Recording | null>(null);
    const [seconds, setSeconds] = useState<number | null>(null);

    const end = useCallback((keep: boolean) => {
        const recording = running.current;
        if (!recording) return;
        if (!keep) recording.recorder.ondataavailable = null;
        recording.recorder.stop();
        recording.stream.getTracks().forEach((track) => track.stop());
        running.current = null;
        setSeconds(null);
    }, []);
    useEffect(() => () => end(false), [end]);
    useEffect(() => {
        if (seconds === null) return;
        const tick = () => setSeconds((Date.now() - (running.current?.startedAt ?? Date.now())) / 1000);
        const timer = setInterval(tick, 500);
        return () => clearInterval(timer);
    }, [seconds]);

    const start = async () => {
        const stream = await navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => null);
        if (!stream) return onRefused();
        const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
        const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
        recorder.ondataavailable = ({ data }) => data.size > 0 && onDone(voiceFile(data, name));
        recorder.start();
        running.current = { recorder, stream, startedAt: Date.now() };
        setSeconds(0);
    };
    return { seconds, start: () => void start(), stop: () => end(true), discard: () => end(false) };
}

function voiceFile(data: Blob, name: string): File {
    const type = data.type.split(";")[0] ?? "audio/webm";
    return new File([data], `${name}.${type.split("/")[1] ?? "webm"}`, { type: data.type });
}
