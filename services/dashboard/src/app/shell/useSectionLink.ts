import { useLocation } from "wouter";
import { useUser } from "@/session/useSession";
import { menuOf, type Section } from "../pages";

/** Where a section begins for whoever is signed in, and whether one is there. */
export function useSectionLink(section: Section): { href: string; active: boolean } {
    const [pathname] = useLocation();
    const first = menuOf(section, useUser().role)[0];
    const active = pathname === `/${section}` || pathname.startsWith(`/${section}/`);
    return { href: first?.path ?? "/", active };
}
