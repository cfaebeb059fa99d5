package dev.adamas.engine;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;

/** What the views of paged memory have in common: where rows lie. */
abstract class PagedView implements KvView {

  private final CacheLayout layout;

  PagedView(CacheLayout layout) {
    this.layout = layout;
  }

  @Override
  public ModelShape shape() {
    return layout.shape();
  }

  @Override
  public KvType type() {
    return layout.type();
  }

  @Override
  public int tokensPerPage() {
    return layout.pageTokens();
  }

  @Override
  public long keyTokenStride() {
    return layout.rowBytes();
  }

  @Override
  public long keyHeadStride() {
    return layout.headBytes();
  }

  @Override
  public long valueTokenStride() {
    return layout.rowBytes();
  }

  @Override
  public long valueHeadStride() {
    return layout.headBytes();
  }
}
