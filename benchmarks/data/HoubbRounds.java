import com.github.houbb.sensitive.word.bs.SensitiveWordBs;
import com.github.houbb.sensitive.word.support.ignore.SensitiveWordCharIgnores;
import com.github.houbb.sensitive.word.support.result.WordResultHandlers;
import com.github.houbb.sensitive.word.support.tag.WordTags;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;

/**
 * Rounds of houbb/sensitive-word over texts, one for each line on standard input.
 *
 * Arguments: on or off (conversions), a file of terms, a file of texts, both one a line. Answers each line with the
 * CPU nanoseconds of this one thread (compiler and collector not counted) and the number of words found.
 */
public final class HoubbRounds {
    public static void main(String[] args) throws Exception {
        boolean on = args[0].equals("on");
        List<String> terms = Files.readAllLines(Paths.get(args[1]));
        List<String> texts = Files.readAllLines(Paths.get(args[2]));
        SensitiveWordBs words = SensitiveWordBs.newInstance()
                .wordDeny(() -> terms).wordAllow(() -> Collections.<String>emptyList()).wordTag(WordTags.none())
                .ignoreCase(on).ignoreWidth(on).ignoreNumStyle(on).ignoreChineseStyle(on).ignoreEnglishStyle(on)
                .ignoreRepeat(on).wordFailFast(false)
                .charIgnore(on ? SensitiveWordCharIgnores.specialChars() : SensitiveWordCharIgnores.none())
                .init();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        while (asked.readLine() != null) {
            long begun = clock.getCurrentThreadCpuTime();
            int found = 0;
            for (String text : texts) {
                found += words.findAll(text, WordResultHandlers.raw()).size();
            }
            System.out.println((clock.getCurrentThreadCpuTime() - begun) + " " + found);
        }
    }
}
