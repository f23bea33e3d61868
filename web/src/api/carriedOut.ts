const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Most are decided within moments; what waits for a last payment of an ended run takes about a minute. */
const longestMs = 150_000;
const firstPauseMs = 500;
const longestPauseMs = 2_000;

/**
 * Asks for what came of a command that is being carried out, seldomer as time goes on, until `look` says it is decided. A look that
 * fails tells nothing of the command: the next one may succeed.
 * @returns whether it was decided in that time.
 * @throws what `look` throws where `isFinal` says that no further look would be answered otherwise
 */
export async function carriedOut(look: () => Promise<boolean>, isFinal: (error: unknown) => boolean): Promise<boolean> {
  const until = performance.now() + longestMs;
  for (let ms = firstPauseMs; performance.now() < until; ms = Math.min(ms * 1.2, longestPauseMs)) {
    await pause(ms);
    try {
      if (await look()) return true;
    } catch (error) {
      if (isFinal(error)) throw error;
    }
  }
  return false;
}
