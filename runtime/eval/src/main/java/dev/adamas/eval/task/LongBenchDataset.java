package dev.adamas.eval.task;

import dev.adamas.eval.metric.Classification;
import dev.adamas.eval.metric.EditSimilarity;
import dev.adamas.eval.metric.NumberShare;
import dev.adamas.eval.metric.RougeL;
import dev.adamas.eval.metric.TokenF1;
import java.util.List;
import java.util.Optional;

/**
 * The English and code datasets of LongBench (arXiv 2308.14508): prompts, lengths of answers and
 * metrics as its publishers use them. Its Chinese datasets need a word segmenter and are missing.
 *
 * @param id name of the JSONL file, without its extension
 * @param template prompt with {@code {context}} and {@code {input}}
 * @param tokens of an answer, at most
 * @param firstLine whether only the first line of an answer counts
 */
record LongBenchDataset(String id, String template, int tokens, Metric metric, boolean firstLine) {

  /** Scores an answer against one of the expected ones. */
  @FunctionalInterface
  interface Metric {
    /** From 0 to 1. */
    double score(String prediction, String expected, List<String> classes);
  }

  private static final Metric F1 = (prediction, expected, _) -> TokenF1.score(prediction, expected);
  private static final Metric ROUGE =
      (prediction, expected, _) -> RougeL.score(prediction, expected);
  private static final Metric CLASS = Classification::score;
  private static final Metric CODE =
      (prediction, expected, _) -> EditSimilarity.score(prediction, expected);

  private static final String PASSAGES =
      "Answer the question based on the given passages. Only give me the answer and do not output"
          + " any other words.\n\nThe following are given passages.\n{context}\n\nAnswer the"
          + " question based on the given passages. Only give me the answer and do not output any"
          + " other words.\n\nQuestion: {input}\nAnswer:";

  private static final List<LongBenchDataset> ALL =
      List.of(
          of(
              "narrativeqa",
              "You are given a story, which can be either a novel or a movie script, and a question."
                  + " Answer the question as concisely as you can, using a single phrase if"
                  + " possible. Do not provide any explanation.\n\nStory: {context}\n\nNow, answer"
                  + " the question based on the story as concisely as you can, using a single phrase"
                  + " if possible. Do not provide any explanation.\n\nQuestion: {input}\n\nAnswer:",
              128,
              F1),
          of(
              "qasper",
              "You are given a scientific article and a question. Answer the question as concisely"
                  + " as you can, using a single phrase or sentence if possible. If the question"
                  + " cannot be answered based on the information in the article, write"
                  + " \"unanswerable\". If the question is a yes/no question, answer \"yes\","
                  + " \"no\", or \"unanswerable\". Do not provide any explanation.\n\nArticle:"
                  + " {context}\n\n Answer the question based on the above article as concisely as"
                  + " you can, using a single phrase or sentence if possible. If the question cannot"
                  + " be answered based on the information in the article, write \"unanswerable\"."
                  + " If the question is a yes/no question, answer \"yes\", \"no\", or"
                  + " \"unanswerable\". Do not provide any explanation.\n\nQuestion:"
                  + " {input}\n\nAnswer:",
              128,
              F1),
          of(
              "multifieldqa_en",
              "Read the following text and answer briefly.\n\n{context}\n\nNow, answer the following"
                  + " question based on the above text, only give me the answer and do not output any"
                  + " other words.\n\nQuestion: {input}\nAnswer:",
              64,
              F1),
          of("hotpotqa", PASSAGES, 32, F1),
          of("2wikimqa", PASSAGES, 32, F1),
          of("musique", PASSAGES, 32, F1),
          of(
              "gov_report",
              "You are given a report by a government agency. Write a one-page summary of the"
                  + " report.\n\nReport:\n{context}\n\nNow, write a one-page summary of the"
                  + " report.\n\nSummary:",
              512,
              ROUGE),
          of(
              "qmsum",
              "You are given a meeting transcript and a query containing a question or instruction."
                  + " Answer the query in one or more sentences.\n\nTranscript:\n{context}\n\nNow,"
                  + " answer the query based on the above meeting transcript in one or more"
                  + " sentences.\n\nQuery: {input}\nAnswer:",
              512,
              ROUGE),
          of(
              "multi_news",
              "You are given several news passages. Write a one-page summary of all news."
                  + " \n\nNews:\n{context}\n\nNow, write a one-page summary of all the"
                  + " news.\n\nSummary:",
              512,
              ROUGE),
          firstLine(
              "trec",
              "Please determine the type of the question below. Here are some examples of"
                  + " questions.\n\n{context}\n{input}",
              64,
              CLASS),
          firstLine(
              "triviaqa",
              "Answer the question based on the given passage. Only give me the answer and do not"
                  + " output any other words. The following are some examples.\n\n{context}\n\n{input}",
              32,
              F1),
          firstLine(
              "samsum",
              "Summarize the dialogue into a few short sentences. The following are some"
                  + " examples.\n\n{context}\n\n{input}",
              128,
              ROUGE),
          of(
              "passage_count",
              "There are some paragraphs below sourced from Wikipedia. Some of them may be"
                  + " duplicates. Please carefully read these paragraphs and determine how many"
                  + " unique paragraphs there are after removing duplicates. In other words, how many"
                  + " non-repeating paragraphs are there in total?\n\n{context}\n\nPlease enter the"
                  + " final count of unique paragraphs after removing duplicates. The output format"
                  + " should only contain the number, such as 1, 2, 3, and so on.\n\nThe final answer"
                  + " is: ",
              32,
              (prediction, expected, _) -> NumberShare.count(prediction, expected)),
          of(
              "passage_retrieval_en",
              "Here are 30 paragraphs from Wikipedia, along with an abstract. Please determine which"
                  + " paragraph the abstract is from.\n\n{context}\n\nThe following is an"
                  + " abstract.\n\n{input}\n\nPlease enter the number of the paragraph that the"
                  + " abstract is from. The answer format must be like \"Paragraph 1\", \"Paragraph"
                  + " 2\", etc.\n\nThe answer is: ",
              32,
              (prediction, expected, _) -> NumberShare.retrieval(prediction, expected)),
          of(
              "lcc",
              "Please complete the code given below. \n{context}Next line of code:\n",
              64,
              CODE),
          of(
              "repobench-p",
              "Please complete the code given below. \n{context}{input}Next line of code:\n",
              64,
              CODE));

  private static LongBenchDataset of(String id, String template, int tokens, Metric metric) {
    return new LongBenchDataset(id, template, tokens, metric, false);
  }

  private static LongBenchDataset firstLine(String id, String template, int tokens, Metric metric) {
    return new LongBenchDataset(id, template, tokens, metric, true);
  }

  /** The dataset of a file, LongBench-E's ({@code qasper_e}) included. */
  static Optional<LongBenchDataset> named(String name) {
    String id = name.replaceFirst("_e$", "");
    return ALL.stream().filter(dataset -> dataset.id().equals(id)).findFirst();
  }

  /** The ids of all datasets. */
  static List<String> ids() {
    return ALL.stream().map(LongBenchDataset::id).toList();
  }

  /** Whether answers are classes, which its lines have to list. */
  boolean classifies() {
    return metric.equals(CLASS);
  }

  /** The prompt for a context and an input. */
  String prompt(String context, String input) {
    // Not in one replacement after the other: a context may contain the text {input}.
    int at = template.indexOf("{context}");
    String after = template.substring(at + "{context}".length()).replace("{input}", input);
    return template.substring(0, at) + context + after;
  }

  /** The best score over the expected answers. */
  double score(String answer, List<String> expected, List<String> classes) {
    String counted = firstLine ? firstLine(answer) : answer;
    return expected.stream()
        .mapToDouble(one -> metric.score(counted, one, classes))
        .max()
        .orElse(0);
  }

  /** The first line that is not empty. */
  static String firstLine(String answer) {
    return answer.replaceFirst("^\n+", "").split("\n", 2)[0];
  }
}
