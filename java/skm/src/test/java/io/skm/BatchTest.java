package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.skm.junit.SkmSandboxExtension;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many rows: in order, with constant memory, and no failed row stops the rest. */
@ExtendWith(SkmSandboxExtension.class)
class BatchTest {
    @Test
    void keepsOrderAndCounts(SkmSandbox sandbox, SkmClient client) {
        List<SkmSandbox.Person> people = sandbox.people().stream()
                .filter(person -> person.papersType().equals("1"))
                .collect(Collectors.toList());
        List<Check> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            rows.add(i % 10 == 7 ? CallsTest.scan("not a code") : CallsTest.id(people.get(i % people.size())));
        }
        List<Progress> progress = new ArrayList<>();
        int row = 0;
        long green = 0;
        try (Batch batch = client.verifyMany(rows.iterator(), 4, progress::add)) {
            while (batch.hasNext()) {
                Checked checked = batch.next();
                assertEquals(row, checked.row());
                if (row % 10 == 7) {
                    assertEquals(SkmErrorCode.INPUT_INVALID, checked.error().code());
                    assertEquals(SkmVerdict.UNVERIFIED, checked.verdict());
                    assertNull(checked.result());
                } else {
                    SkmSandbox.Person person = people.get(row % people.size());
                    assertEquals(person.number(), ((IdResult) checked.result()).number());
                    assertEquals(person.level(), checked.result().level());
                    green += person.level() == SkmLevel.GREEN ? 1 : 0;
                }
                row++;
            }
        }
        assertEquals(200, row);
        Progress last = progress.get(progress.size() - 1);
        assertEquals(200, progress.size());
        assertEquals(200, last.done());
        assertEquals(20, last.failed());
        assertEquals(green, last.green());
    }

    @Test
    void takesRowsOnlyAsThereIsRoom(SkmSandbox sandbox, SkmClient client) {
        AtomicInteger taken = new AtomicInteger();
        IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
        Iterator<Check> endless = Stream.<Check>generate(() -> {
                    taken.incrementAndGet();
                    return request;
                })
                .iterator();
        try (Batch batch = client.verifyMany(endless, 2, null)) {
            for (int i = 0; i < 50; i++) {
                assertTrue(batch.next().isGreen());
            }
            assertTrue(taken.get() <= 50 + 2 * 2 + 1, "took " + taken);
        }
    }

    @Test
    void takesNoMoreWorkersThanConnections(SkmSandbox sandbox, SkmClient client) {
        AtomicInteger taken = new AtomicInteger();
        IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
        Iterator<Check> endless = Stream.<Check>generate(() -> {
                    taken.incrementAndGet();
                    return request;
                })
                .iterator();
        try (Batch batch = client.verifyMany(endless, 1_000_000, null)) {
            assertTrue(batch.next().isGreen());
            assertTrue(taken.get() < 1000, "took " + taken);
        }
    }

    @Test
    void streamsInAndOut(SkmSandbox sandbox, SkmClient client) {
        IdRequest request = CallsTest.id(sandbox.person(SkmLevel.RED));
        try (Stream<Checked> results = client.verifyMany(IntStream.range(0, 30).mapToObj(i -> request))) {
            assertEquals(
                    30,
                    results.filter(checked -> checked.verdict() == SkmVerdict.RED)
                            .count());
        }
    }

    @Test
    void aSourceThatFailsEndsTheBatch(SkmClient client) {
        Iterator<Check> broken = new Iterator<Check>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Check next() {
                throw new IllegalStateException("the file broke");
            }
        };
        try (Batch batch = client.verifyMany(broken)) {
            assertThrows(IllegalStateException.class, batch::hasNext);
            assertFalse(batch.hasNext());
        }
    }
}
