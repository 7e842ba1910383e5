package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Tests in headless Chromium. The tests of a class share one browser with a new profile; each test
 * starts in an empty tab. A severe message in the browser's console fails the test, unless the test
 * {@linkplain #expectErrors expects} it. Without the browser or its driver, the tests are skipped.
 */
abstract class Chromium {
  /** A phone's screen, in CSS pixels. */
  static final Screen PHONE = new Screen(390, 844, true);

  /** A desktop's window, in CSS pixels. */
  static final Screen DESKTOP = new Screen(1280, 800, false);

  /** The console messages about a server that cannot be reached. */
  static final String NO_SERVER =
      "ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** Blocks all other hosts, so that tests depend on this machine only. */
  private static final String NO_OTHER_HOST =
      "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";

  /** Warns about a Chromium that is newer than Selenium, for features that are not used here. */
  private static final Logger DEVTOOLS = Logger.getLogger("org.openqa.selenium.devtools");

  @TempDir static Path profile;

  private static @Nullable ChromeDriver driver;

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private Pattern expectedErrors = Pattern.compile("(?!)");

  /** The size of a screen. */
  record Screen(int width, int height, boolean mobile) {}

  @BeforeAll
  static void openBrowser() {
    Optional<File> program = program("chromium");
    Optional<File> service = program("chromedriver");
    assumeTrue(
        program.isPresent() && service.isPresent(),
        "These tests need the programs chromium and chromedriver on the PATH;"
            + " on Debian: apt-get install chromium chromium-driver");
    DEVTOOLS.setLevel(Level.SEVERE);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(program.orElseThrow());
    options.addArguments(
        "--headless=new",
        "--user-data-dir=" + profile,
        "--host-resolver-rules=" + NO_OTHER_HOST,
        "--no-first-run",
        "--disable-background-networking",
        "--disable-breakpad",
        "--disable-dev-shm-usage",
        "--disable-gpu");
    // Chromium has no sandbox for root.
    if ("root".equals(System.getProperty("user.name"))) {
      options.addArguments("--no-sandbox");
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    // With both paths set, Selenium does not search for or download a browser.
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(service.orElseThrow())
                .usingAnyFreePort()
                .withSilent(true)
                .build(),
            options);
    driver.manage().timeouts().scriptTimeout(TIMEOUT);
  }

  private static Optional<File> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(directory -> new File(directory, name))
        .filter(File::canExecute)
        .findFirst();
  }

  @AfterEach
  void closeTabs() throws Exception {
    Set<String> tabs = browser().getWindowHandles();
    String empty = browser().switchTo().newWindow(WindowType.TAB).getWindowHandle();
    for (String tab : tabs) {
      browser().switchTo().window(tab).close();
    }
    browser().switchTo().window(empty);
    List<String> errors =
        browser().manage().logs().get(LogType.BROWSER).getAll().stream()
            .filter(entry -> entry.getLevel().equals(Level.SEVERE))
            .map(LogEntry::getMessage)
            .filter(message -> !expectedErrors.matcher(message).find())
            .toList();
    while (!resources.isEmpty()) {
      resources.pop().close();
    }
    assertEquals(List.of(), errors, "errors in the browser's console");
  }

  @AfterAll
  static void closeBrowser() throws Exception {
    if (driver == null) {
      return;
    }
    List<ProcessHandle> processes =
        ProcessHandle.current()
            .children()
            .filter(child -> child.info().command().orElse("").contains("chromedriver"))
            .flatMap(ProcessHandle::descendants)
            .toList();
    driver.quit();
    driver = null;
    // Wait for all processes, which may still write to the profile that is deleted next.
    for (ProcessHandle process : processes) {
      process.onExit().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Returns the browser, for everything that has no method here. */
  ChromeDriver browser() {
    return Objects.requireNonNull(driver);
  }

  /** Closes the resource after the test has closed its pages, the latest resource first. */
  <T extends AutoCloseable> T closing(T resource) {
    resources.push(resource);
    return resource;
  }

  /** Ignores severe console messages that contain this pattern. */
  void expectErrors(String pattern) {
    expectedErrors = Pattern.compile(pattern);
  }

  /** Waits up to 30 seconds for a condition, whose name is in the failure. */
  void await(String what, BooleanSupplier condition) {
    await(() -> what, condition);
  }

  /** Waits up to 30 seconds for a condition, with a message that is computed on failure. */
  void await(Supplier<String> what, BooleanSupplier condition) {
    new WebDriverWait(browser(), TIMEOUT, Duration.ofMillis(20))
        .withMessage(what)
        .until(browser -> condition.getAsBoolean());
  }

  /** Runs the body of a function in the page and returns its result. */
  @Nullable Object run(String script, Object... arguments) {
    return browser().executeScript(script, arguments);
  }

  /** Runs the body of a function in the page and returns whether its result is true. */
  boolean holds(String script) {
    return Boolean.TRUE.equals(run(script));
  }

  /** Runs the body of an async function in the page and returns its awaited result. */
  @Nullable Object runAsync(String script, Object... arguments) {
    return browser()
        .executeAsyncScript(
            "const done = arguments[arguments.length - 1]; (async () => {"
                + script
                + "})().then(done, e => done(`failed: ${e}`));",
            arguments);
  }

  /**
   * Sets the screen size and the colour scheme.
   *
   * @param scheme {@code light} or {@code dark}
   */
  void show(Screen screen, String scheme) {
    browser()
        .executeCdpCommand(
            "Emulation.setDeviceMetricsOverride",
            Map.of(
                "width", screen.width(),
                "height", screen.height(),
                "deviceScaleFactor", 1,
                "mobile", screen.mobile()));
    browser()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Writes a screenshot to {@code target/screenshots/NAME.png} and returns its path. */
  Path screenshot(String name) throws IOException {
    Files.createDirectories(SCREENSHOTS);
    return Files.write(
        SCREENSHOTS.resolve(name + ".png"), browser().getScreenshotAs(OutputType.BYTES));
  }
}
