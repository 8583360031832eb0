import {
    CalendarDays,
    ChartBarBig,
    CircleHelp,
    Contact,
    File,
    Image,
    Images,
    MapPin,
    Mic,
    ShoppingBag,
    Sticker,
    Video,
} from "lucide-react";
import type { ShownKind } from "./preview";

const ICONS = {
    image: Image,
    video: Video,
    audio: Mic,
    document: File,
    sticker: Sticker,
    location: MapPin,
    contact: Contact,
    poll: ChartBarBig,
    album: Images,
    order: ShoppingBag,
    event: CalendarDays,
    unknown: CircleHelp,
} as const;

export function KindIcon({ kind, className }: { kind: ShownKind; className?: string }) {
    const Icon = ICONS[kind];
    return <Icon aria-hidden className={className ?? "size-3.5 shrink-0"} />;
}
