package dev.adamas.engine;

/**
 * What a session ran before a swap, kept for a while.
 *
 * @param former ready to be taken back
 * @param swap hears how it ends
 */
record Grace(Active former, Ending swap) {

  /** Who hears of the end. All calls come from whoever has the session, and are short. */
  interface Ending {

    /** The time is over, or another swap followed: the new policy stays. */
    void stays(Active former);

    /** The session went back; {@code left} is what it ran until now. */
    void wentBack(Active left, String reason);

    /** The session was closed; everything it ran is free. */
    void closed();
  }
}
