/** Names that the tabs of one user in one browser have in common; another user's tabs have others. */
export const busName = (userId: string): string => `prosa-realtime-${userId}`;
export const leaderLock = (userId: string): string => `prosa-realtime-leader-${userId}`;
export const tabLock = (tab: string): string => `prosa-realtime-tab-${tab}`;
