import { may, type Right } from "./rights";
import { useUser } from "./useSession";

/** Whether whoever is signed in has a right, for what to show. */
export function useMay(right: Right): boolean {
    return may(useUser().role, right);
}
