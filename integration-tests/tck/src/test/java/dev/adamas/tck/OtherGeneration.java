package dev.adamas.tck;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;

/** A view that lies about its generation. */
record OtherGeneration(KvView view, long generation) implements KvView {
  @Override
  public ModelShape shape() {
    return view.shape();
  }

  @Override
  public KvType type() {
    return view.type();
  }

  @Override
  public int length() {
    return view.length();
  }

  @Override
  public int calibrationLength() {
    return view.calibrationLength();
  }

  @Override
  public int tokensPerPage() {
    return view.tokensPerPage();
  }

  @Override
  public long keyTokenStride() {
    return view.keyTokenStride();
  }

  @Override
  public long keyHeadStride() {
    return view.keyHeadStride();
  }

  @Override
  public long valueTokenStride() {
    return view.valueTokenStride();
  }

  @Override
  public long valueHeadStride() {
    return view.valueHeadStride();
  }

  @Override
  public Page page(int index) {
    return view.page(index);
  }
}
