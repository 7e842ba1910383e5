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
 * Tests in a Chromium without a window. The tests of a class share one browser, with a new profile;
 * each begins in an empty tab. What the browser's console calls severe fails the test, unless the
 * test {@linkplain #expectErrors expects} it. On a machine without the browser or its driver, the
 * tests are left out.
 */
abstract class Chromium {
  /** A phone's screen, in CSS pixels. */
  static final Screen PHONE = new Screen(390, 844, true);

  /** A desktop's window, in CSS pixels. */
  static final Screen DESKTOP = new Screen(1280, 800, false);

  /** What the console says about a server that is not there. */
  static final String NO_SERVER =
      "ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)";

  private static final Duration AT_MOST = Duration.ofSeconds(30);
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  /** A test must not depend on anything but this machine. */
  private static final String NO_OTHER_HOST =
      "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";

  /** It warns of each Chromium that is newer than itself, for the sake of what is not used here. */
  private static final Logger DEVTOOLS = Logger.getLogger("org.openqa.selenium.devtools");

  @TempDir static Path profile;

  private static @Nullable ChromeDriver driver;

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private Pattern expectedErrors = Pattern.compile("(?!)");

  /** What a page is shown on. */
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
    // With both paths given, Selenium looks for nothing and downloads nothing.
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(service.orElseThrow())
                .usingAnyFreePort()
                .withSilent(true)
                .build(),
            options);
    driver.manage().timeouts().scriptTimeout(AT_MOST);
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
    // Until the last one has ended, it may still write to the profile that is deleted next.
    for (ProcessHandle process : processes) {
      process.onExit().get(AT_MOST.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** The browser, for all that has no method here. */
  ChromeDriver browser() {
    return Objects.requireNonNull(driver);
  }

  /** Has something closed when the test is over and its pages are gone, the latest first. */
  <T extends AutoCloseable> T closing(T resource) {
    resources.push(resource);
    return resource;
  }

  /** Lets the console's severe messages pass that have this pattern in them. */
  void expectErrors(String pattern) {
    expectedErrors = Pattern.compile(pattern);
  }

  /** Waits until something holds, and names it if it does not within 30 seconds. */
  void await(String what, BooleanSupplier condition) {
    await(() -> what, condition);
  }

  /** The same with words that are found when it did not hold in time. */
  void await(Supplier<String> what, BooleanSupplier condition) {
    new WebDriverWait(browser(), AT_MOST, Duration.ofMillis(20))
        .withMessage(what)
        .until(browser -> condition.getAsBoolean());
  }

  /** Runs the body of a function in the page and returns what it returns. */
  @Nullable Object run(String script, Object... arguments) {
    return browser().executeScript(script, arguments);
  }

  /** Runs the body of a function in the page and returns whether it returns true. */
  boolean holds(String script) {
    return Boolean.TRUE.equals(run(script));
  }

  /** Runs the body of an async function in the page and returns what it returns in the end. */
  @Nullable Object runAsync(String script, Object... arguments) {
    return browser()
        .executeAsyncScript(
            "const done = arguments[arguments.length - 1]; (async () => {"
                + script
                + "})().then(done, e => done(`failed: ${e}`));",
            arguments);
  }

  /**
   * Shows the page on a screen from now on.
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

  /** Keeps what is seen as {@code target/screenshots/NAME.png}, and returns where that is. */
  Path screenshot(String name) throws IOException {
    Files.createDirectories(SCREENSHOTS);
    return Files.write(
        SCREENSHOTS.resolve(name + ".png"), browser().getScreenshotAs(OutputType.BYTES));
  }
}
