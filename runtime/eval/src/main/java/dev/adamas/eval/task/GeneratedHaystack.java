package dev.adamas.eval.task;

import java.util.List;
import java.util.SplittableRandom;

/**
 * An endless story without digits, the same for the same seed: sentences of a small grammar whose
 * words are those of nineteenth-century novels.
 *
 * <p>Retrieval is only a test where the surroundings resemble text: one line repeated would let a
 * policy find the needle by its mere difference. The grammar gives some 10<sup>12</sup> sentences.
 */
final class GeneratedHaystack implements Haystack {

  private static final List<String> PEOPLE =
      List.of(
          "the old captain",
          "the schoolmaster",
          "my aunt",
          "the young doctor",
          "the miller",
          "the widow",
          "the traveller",
          "my brother",
          "the parson",
          "the innkeeper",
          "the colonel",
          "the housekeeper",
          "the stranger",
          "the baronet",
          "the gardener",
          "Margaret",
          "Edward",
          "Mr. Thornton",
          "Mrs. Harding",
          "Miss Ashford",
          "Sir William",
          "Lady Clare",
          "the lawyer",
          "the blacksmith",
          "the eldest daughter",
          "the coachman",
          "the painter",
          "the ferryman",
          "a shepherd",
          "the clerk",
          "the Frenchman",
          "the nurse");

  private static final List<String> ACTIONS =
      List.of(
          "had left",
          "remembered",
          "spoke of",
          "had often described",
          "could not forget",
          "was looking at",
          "had once sold",
          "had inherited",
          "complained of",
          "had heard about",
          "carefully examined",
          "laughed at",
          "wished to see",
          "walked slowly past",
          "admired",
          "had promised to mend",
          "was afraid of",
          "dreamed of",
          "had written about",
          "drew",
          "inquired after",
          "returned to",
          "would not part with",
          "had been thinking of");

  private static final List<String> QUALITIES =
      List.of(
          "old",
          "narrow",
          "silent",
          "half-forgotten",
          "splendid",
          "gloomy",
          "ancient",
          "modest",
          "curious",
          "broken",
          "distant",
          "well-kept",
          "little",
          "handsome",
          "neglected",
          "crooked",
          "familiar",
          "painted",
          "solitary",
          "cheerful",
          "heavy",
          "faded",
          "famous",
          "damp");

  private static final List<String> THINGS =
      List.of(
          "house",
          "garden",
          "letter",
          "bridge",
          "portrait",
          "church",
          "orchard",
          "carriage",
          "clock",
          "library",
          "boat",
          "chapel",
          "mill",
          "staircase",
          "violin",
          "harbour",
          "window",
          "mirror",
          "road",
          "meadow",
          "fireplace",
          "village",
          "manuscript",
          "lighthouse",
          "tower",
          "greenhouse",
          "ship",
          "piano",
          "wood",
          "kitchen",
          "field",
          "map");

  private static final List<String> PLACES =
      List.of(
          "by the river",
          "beyond the hill",
          "at the end of the lane",
          "near the market place",
          "in the north of the county",
          "under the elm trees",
          "on the way to London",
          "behind the stables",
          "at the edge of the moor",
          "in the next parish",
          "by the sea",
          "across the valley",
          "in the upper room",
          "opposite the church",
          "at the corner",
          "not far from the station",
          "in the south wing",
          "beside the mill pond");

  private static final List<String> TIMES =
      List.of(
          "That evening",
          "Early in the spring",
          "On the following morning",
          "Before supper",
          "During the long winter",
          "After a while",
          "Towards the end of the summer",
          "When the rain had ceased",
          "On Sunday",
          "At last",
          "In those days",
          "Late at night",
          "As soon as the bells were heard",
          "In the middle of the conversation",
          "Soon after the wedding",
          "Not long before Christmas",
          "Every autumn",
          "On the day of the fair");

  private static final List<String> MANNERS =
      List.of(
          "with a smile",
          "in a low voice",
          "without looking up",
          "after some hesitation",
          "with great tenderness",
          "rather coldly",
          "as if nothing had happened",
          "to the surprise of everybody",
          "with tears in his eyes",
          "almost in a whisper",
          "with more curiosity than kindness",
          "for the third time",
          "very gravely",
          "at once");

  private static final List<String> FEELINGS =
      List.of(
          "a strange happiness",
          "some uneasiness",
          "no regret",
          "a sudden pity",
          "great relief",
          "the old bitterness",
          "a kind of shame",
          "more hope than before",
          "a secret pride",
          "nothing but weariness",
          "an unreasonable joy",
          "the first doubt");

  private static final List<String> REMARKS =
      List.of(
          "It will rain before night",
          "I never believed a word of it",
          "You are quite mistaken",
          "There is nobody at home",
          "We shall have to begin again",
          "He was always a proud man",
          "I should like to see it once more",
          "You must not tell them",
          "It is later than I thought",
          "They have gone abroad",
          "I do not understand these people",
          "She plays beautifully",
          "Nothing has been changed since then",
          "The horses are tired",
          "I have waited long enough",
          "It was the happiest year of my life");

  private static final List<String> WEATHER =
      List.of(
          "the wind rose",
          "the snow began to fall",
          "the moon came out",
          "a thick fog lay over",
          "the sun went down",
          "the first leaves fell",
          "the thunder rolled",
          "the swallows left");

  private final SplittableRandom random;

  GeneratedHaystack(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public String sentence() {
    String text =
        switch (random.nextInt(10)) {
          case 0 -> of(TIMES) + " " + clause() + ".";
          case 1 -> clause() + ", and " + clause() + ".";
          case 2 -> "\"" + of(REMARKS) + ",\" said " + of(PEOPLE) + ", " + of(MANNERS) + ".";
          case 3 -> of(PEOPLE) + " felt " + of(FEELINGS) + " when " + clause() + ".";
          case 4 -> thing() + " " + of(PLACES) + " belonged to " + of(PEOPLE) + ".";
          case 5 -> of(TIMES) + ", while " + clause() + ", " + clause() + " " + of(MANNERS) + ".";
          case 6 -> "nobody knew why " + clause() + ", but " + of(PEOPLE) + " did not ask.";
          case 7 -> weather() + " " + of(PLACES) + ", and " + of(PEOPLE) + " went home.";
          case 8 -> of(PEOPLE) + ", who " + verbPhrase() + ", answered " + of(MANNERS) + ".";
          default -> clause() + " " + of(PLACES) + "; " + weather() + ".";
        };
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  private String clause() {
    return of(PEOPLE) + " " + verbPhrase();
  }

  private String verbPhrase() {
    return of(ACTIONS) + " " + thing();
  }

  private String thing() {
    return "the " + of(QUALITIES) + " " + of(THINGS);
  }

  private String weather() {
    String weather = of(WEATHER);
    return weather.endsWith("over") ? weather + " " + thing() : weather;
  }

  private String of(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
