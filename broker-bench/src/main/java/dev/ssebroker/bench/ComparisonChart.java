package dev.ssebroker.bench;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** A bar chart of the medians of a scenario, best first, for light and dark backgrounds. */
final class ComparisonChart {
  private static final int HEIGHT = 460;
  private static final int FRAME_WIDTH = 220;
  private static final int BAR_WIDTH = 62;

  /** The titles need this width. */
  private static final int MIN_BARS = 8;

  private static final int SCALE = 2;

  /** A grey that is legible on white and black. */
  private static final Color TEXT = new Color(0x7d, 0x85, 0x90);

  private static final Color LINES = new Color(0x7d, 0x85, 0x90, 0x50);
  private static final Color NONE = new Color(0, 0, 0, 0);
  private static final Color BROKER = new Color(0xe0, 0x6c, 0x1f);
  private static final Color RAW_LOOP = new Color(0x8b, 0x94, 0x9e);
  private static final Color PEER = new Color(0x3f, 0x8a, 0xd8);

  private final Scenario scenario;
  private final Metric metric;
  private final List<ComparisonTable.Row> rows;

  ComparisonChart(ComparisonTable table, Metric metric) {
    this.scenario = table.scenario();
    this.metric = metric;
    this.rows =
        table.rows().stream()
            .filter(row -> Double.isFinite(row.badness(metric)))
            .sorted(Comparator.comparingDouble(row -> row.badness(metric)))
            .toList();
  }

  /** Writes a PNG and an SVG file. Returns their name without extension; empty without results. */
  String write(Path folder) throws IOException {
    if (rows.isEmpty()) {
      return "";
    }
    String name = scenario.title() + "-" + metric.fileName();
    CategoryChart chart = chart();
    int width = chart.getWidth();
    BufferedImage image =
        new BufferedImage(SCALE * width, SCALE * HEIGHT, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.scale(SCALE, SCALE);
    chart.paint(graphics, width, HEIGHT);
    graphics.dispose();
    ImageIO.write(image, "png", folder.resolve(name + ".png").toFile());
    try (OutputStream out = Files.newOutputStream(folder.resolve(name + ".svg"))) {
      VectorGraphics2D commands = new VectorGraphics2D();
      chart().paint(commands, width, HEIGHT);
      new SVGProcessor()
          .getDocument(commands.getCommands(), new PageSize(width, HEIGHT))
          .writeTo(out);
    }
    return name;
  }

  private CategoryChart chart() {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(FRAME_WIDTH + BAR_WIDTH * Math.max(MIN_BARS, rows.size()))
            .height(HEIGHT)
            .title(
                "%s: %s (%s is better)"
                    .formatted(
                        scenario.title(),
                        isThousands() ? "thousand " + metric.title() : metric.title(),
                        metric.lowerIsBetter() ? "lower" : "higher"))
            .build();
    style(chart);
    addBars(chart, "broker", BROKER, row -> row.server().equals(MeasuredServer.BROKER));
    addBars(chart, "raw loop", RAW_LOOP, row -> row.server().equals(MeasuredServer.RAW_LOOP));
    addBars(chart, "peers", PEER, ComparisonTable.Row::isPeer);
    return chart;
  }

  private void style(CategoryChart chart) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    chart
        .getStyler()
        .setOverlapped(true)
        .setLabelsVisible(true)
        .setLabelsPosition(1.06)
        .setLabelsFont(font)
        .setLabelsFontColorAutomaticEnabled(false)
        .setLabelsFontColor(TEXT)
        .setAvailableSpaceFill(0.7)
        .setXAxisTickMarkSpacingHint(BAR_WIDTH / 2)
        .setXAxisLabelRotation(40)
        .setYAxisMin(0.0)
        .setYAxisDecimalPattern("#,##0.###")
        .setAxisTickLabelsFont(font)
        .setAxisTickLabelsColor(TEXT)
        .setAxisTickMarksColor(LINES)
        .setPlotGridVerticalLinesVisible(false)
        .setPlotGridLinesColor(LINES)
        .setChartTitleFont(font.deriveFont(Font.BOLD, 16))
        .setChartFontColor(TEXT)
        .setChartTitleBoxVisible(false)
        .setChartBackgroundColor(NONE)
        .setPlotBackgroundColor(NONE)
        .setPlotBorderVisible(false)
        .setLegendVisible(false);
  }

  /** Adds a series. Colours belong to series, so each series has an entry for every server. */
  private void addBars(
      CategoryChart chart, String name, Color color, Predicate<ComparisonTable.Row> member) {
    if (rows.stream().noneMatch(member)) {
      return;
    }
    List<String> servers =
        rows.stream()
            .map(row -> row.lost() > 0 ? row.server() + " (lossy)" : row.server())
            .toList();
    List<@Nullable Number> medians = new ArrayList<>();
    for (ComparisonTable.Row row : rows) {
      medians.add(member.test(row) ? shown(row.spread(metric).median()) : null);
    }
    chart.addSeries(name, servers, medians).setFillColor(color);
  }

  /** Rounds a label to three digits, since longer labels would overlap. */
  private double shown(double median) {
    return BigDecimal.valueOf(isThousands() ? median / 1000 : median)
        .round(new MathContext(3))
        .doubleValue();
  }

  private boolean isThousands() {
    return metric == Metric.DELIVERIES;
  }
}
