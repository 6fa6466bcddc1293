package shop;

import java.text.Normalizer;
import java.util.regex.Pattern;
import org.apache.hadoop.hive.ql.exec.UDF;

/** What loader/database/clean_values.sql says of text that people meant, for Spark: functions of schema ops. */
public final class Text {
    private static final Pattern SPACES =
            Pattern.compile("[\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]");
    private static final Pattern UNSEEN = Pattern.compile(
            "[\\u0001-\\u0008\\u000E-\\u001F\\u007F-\\u0084\\u0086-\\u009F\\u00AD\\u061C\\u180E\\u200B\\u200E\\u200F"
                    + "\\u202A-\\u202E\\u2060-\\u206F\\u3164\\uFEFF\\uFFA0\\uFFF9-\\uFFFB]");
    private static final Pattern JOINERS = Pattern.compile(
            "[\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180D\\u180F\\u200C\\u200D\\uFE00-\\uFE0F"
                    + "\\x{E0000}-\\x{E0FFF}]");
    private static final Pattern RUNS = Pattern.compile("[ \\t\\n\\r\\f\\u000B]+");
    private static final Pattern ENDS = Pattern.compile("^[ \\t\\n\\r\\f\\u000B]+|[ \\t\\n\\r\\f\\u000B]+\\z");

    private Text() {}

    private static String block(String visible) {
        String trimmed = ENDS.matcher(Normalizer.normalize(visible, Normalizer.Form.NFC)).replaceAll("");
        return trimmed.isEmpty() ? null : trimmed;
    }

    /** A text without characters that nobody can see; spaces of Unicode become spaces. */
    public static final class VisibleText extends UDF {
        public String evaluate(String value) {
            return value == null ? null : UNSEEN.matcher(SPACES.matcher(value).replaceAll(" ")).replaceAll("");
        }
    }

    /** As VisibleText, without joiners, fillers and variation selectors. */
    public static final class VisibleCode extends UDF {
        public String evaluate(String value) {
            return value == null ? null : JOINERS.matcher(new VisibleText().evaluate(value)).replaceAll("");
        }
    }

    /** Text of several lines: visible, composed (NFC), trimmed; empty is null. */
    public static final class CleanBlock extends UDF {
        public String evaluate(String value) {
            return value == null ? null : block(new VisibleText().evaluate(value));
        }
    }

    /** Text of one line: as a block, and runs of white space become one space. */
    public static final class CleanLine extends UDF {
        public String evaluate(String value) {
            String block = new CleanBlock().evaluate(value);
            return block == null ? null : RUNS.matcher(block).replaceAll(" ");
        }
    }

    /** An id or another code as it is meant: as a line, of VisibleCode. */
    public static final class CleanCode extends UDF {
        public String evaluate(String value) {
            String block = value == null ? null : block(new VisibleCode().evaluate(value));
            return block == null ? null : RUNS.matcher(block).replaceAll(" ");
        }
    }

    /** Whether a text has letters in parts that could be one (NFC). */
    public static final class IsNotComposed extends UDF {
        public Boolean evaluate(String value) {
            return value == null ? null : !Normalizer.isNormalized(value, Normalizer.Form.NFC);
        }
    }
}
