package dev.adamas.eval;

import dev.adamas.api.LayerPlan;
import dev.adamas.engine.Session;
import dev.adamas.engine.SessionStatistics;

/**
 * What decoding took, per token.
 *
 * @param visibleTokens tokens attended to, the mean over rows, heads and the layers that are not
 *     dense by plan; over all layers where every one is
 * @param bytesPerToken keys, values and index read, all layers together
 * @param attentionMilliseconds time in kernels
 */
record DecodeWork(double visibleTokens, double bytesPerToken, double attentionMilliseconds) {

  /** Of a session that has decoded tokens one by one, the last of its sequence. */
  static DecodeWork of(Session session) {
    SessionStatistics.Work work = session.statistics().decode();
    double rows = Math.max(1, work.rows());
    int layers = session.shape().layers();
    long dense =
        session.describe().layers().stream()
            .filter(layer -> layer.plan() instanceof LayerPlan.Dense)
            .count();
    // A dense layer sees as many tokens as there are, which grows by one with each row.
    double length = session.length() - (rows - 1) / 2;
    double perHead = work.visibleTokens() / rows / session.shape().queryHeads();
    double visible =
        dense == layers ? perHead / layers : (perHead - dense * length) / (layers - dense);
    return new DecodeWork(
        visible,
        (work.kvBytesRead() + work.indexBytesRead()) / rows,
        work.attentionNanos() / 1e6 / rows);
  }
}
