package dev.adamas.it.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.adamas.api.Provider;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Who may know whom, and what no class may hold. */
@AnalyzeClasses(packages = "dev.adamas", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String API = "dev.adamas.api..";
  private static final String[] PLUGINS = {
    "dev.adamas.policy..", "dev.adamas.baseline..", "dev.adamas.backend.."
  };
  private static final String ENGINE = "dev.adamas.engine..";
  private static final String OSGI = "dev.adamas.osgi..";
  private static final String MODEL = "dev.adamas.model..";
  private static final String EVAL = "dev.adamas.eval..";
  private static final String TCK = "dev.adamas.tck..";
  private static final String CLI = "dev.adamas.cli..";

  private static final DescribedPredicate<JavaClass> OURS = resideInAnyPackage("dev.adamas..");

  @ArchTest
  static final ArchRule apiKnowsNothing =
      classes()
          .that()
          .resideInAPackage(API)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(API, "java..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule policiesKnowTheApi = knowsOnlyItselfAnd("dev.adamas.policy..", API);

  @ArchTest
  static final ArchRule baselinesKnowTheApi = knowsOnlyItselfAnd("dev.adamas.baseline..", API);

  @ArchTest
  static final ArchRule scalarKnowsTheApi = knowsOnlyItselfAnd("dev.adamas.backend.scalar..", API);

  @ArchTest
  static final ArchRule vectorKnowsTheApi = knowsOnlyItselfAnd("dev.adamas.backend.vector..", API);

  @ArchTest static final ArchRule engineKnowsTheApi = knowsOnlyItselfAnd(ENGINE, API);

  @ArchTest static final ArchRule osgiKnowsTheEngine = knowsOnlyItselfAnd(OSGI, ENGINE, API);

  @ArchTest static final ArchRule modelKnowsTheEngine = knowsOnlyItselfAnd(MODEL, ENGINE, API);

  @ArchTest static final ArchRule evalKnowsTheModel = knowsOnlyItselfAnd(EVAL, MODEL, ENGINE, API);

  @ArchTest
  static final ArchRule cliKnowsTheEvaluation =
      knowsOnlyItselfAnd(CLI, EVAL, TCK, MODEL, OSGI, ENGINE, API);

  @ArchTest
  static final ArchRule frameworksStayInOnePackage =
      noClasses()
          .that()
          .resideOutsideOfPackage(OSGI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.osgi..", "org.apache.felix..");

  /** The same code runs in Felix, in Equinox and in a host's framework. */
  @ArchTest
  static final ArchRule osgiKnowsNoFramework =
      noClasses()
          .that()
          .resideInAPackage(OSGI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.felix..", "org.eclipse..");

  /** It compares with the scalar backend, over the plans of the policies. */
  @ArchTest
  static final ArchRule tckKnowsTheOracleAndThePolicies =
      knowsOnlyItselfAnd(
          TCK,
          ENGINE,
          API,
          "dev.adamas.backend.scalar..",
          "dev.adamas.policy..",
          "dev.adamas.baseline..");

  @ArchTest
  static final ArchRule onlyTheFrontEndOfTheTckKnowsJUnit =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.adamas.tck.junit..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.junit..");

  private static ArchRule knowsOnlyItselfAnd(String own, String... others) {
    String[] allowed = java.util.Arrays.copyOf(others, others.length + 1);
    allowed[others.length] = own;
    return classes()
        .that()
        .resideInAPackage(own)
        .should()
        .onlyDependOnClassesThat(DescribedPredicate.not(OURS).or(resideInAnyPackage(allowed)));
  }

  @ArchTest
  static final ArchRule pluginsUseTheJdkOnly =
      classes()
          .that()
          .resideInAnyPackage(PLUGINS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.adamas..", "java..", "jdk.incubator.vector..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule vectorApiStaysInTwoPackages =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.adamas.backend.vector..", "dev.adamas.model.tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  @ArchTest
  static final ArchRule nativeCallsStayInOnePackage =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.adamas.backend.cuda..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.foreign.Linker");

  @ArchTest
  static final ArchRule implementationsArePackagePrivate =
      classes()
          .that()
          .resideInAnyPackage(PLUGINS)
          .and(describe("are no entry points", c -> !c.isAssignableTo(Provider.class)))
          .and(describe("are no module descriptors", c -> !c.getSimpleName().endsWith("-info")))
          .and()
          .areTopLevelClasses()
          .should()
          .notBePublic();

  @ArchTest
  static final ArchRule implementationsAreFinal =
      classes()
          .that()
          .resideInAnyPackage(PLUGINS)
          .and()
          .areNotInterfaces()
          .and(describe("are not abstract", c -> !c.getModifiers().contains(JavaModifier.ABSTRACT)))
          .and(describe("nobody extends", c -> c.getSubclasses().isEmpty()))
          .and(describe("are no enums", c -> !c.isEnum() && !c.isAnonymousClass()))
          .and(
              describe(
                  "have no enum as parent",
                  c -> c.getRawSuperclass().map(s -> !s.isEnum()).orElse(true)))
          .should()
          .haveModifier(JavaModifier.FINAL);

  @ArchTest
  static final ArchRule staticFieldsAreFinal =
      fields()
          .that()
          .areStatic()
          .and(describe("are written in source", f -> !synthetic(f)))
          .should()
          .beFinal();

  @ArchTest
  static final ArchRule noRegistriesInStaticFields =
      noFields()
          .that()
          .areStatic()
          .should()
          .haveRawType(
              assignableTo(java.util.concurrent.ConcurrentMap.class)
                  .or(assignableTo(java.util.AbstractCollection.class))
                  .or(assignableTo(java.util.AbstractMap.class))
                  .or(assignableTo(AtomicBoolean.class))
                  .or(assignableTo(AtomicInteger.class))
                  .or(assignableTo(AtomicLong.class))
                  .or(assignableTo(AtomicReference.class))
                  .or(assignableTo(StringBuilder.class)));

  @ArchTest
  static final ArchRule staticArraysArePrivate =
      fields()
          .that()
          .areStatic()
          .and()
          .haveRawType(describe("arrays", JavaClass::isArray))
          .and(describe("are written in source", f -> !synthetic(f)))
          .should()
          .notBePublic()
          .andShould()
          .notBeProtected();

  @ArchTest
  static final ArchRule packagesOfTheModelHaveNoCycles =
      slices().matching("dev.adamas.model.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheCommandLineEndsTheProcess =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.adamas.cli.Main")
          .should()
          .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  private static boolean synthetic(JavaField field) {
    return field.getModifiers().contains(JavaModifier.SYNTHETIC);
  }
}
