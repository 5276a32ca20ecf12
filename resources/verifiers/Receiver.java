// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  Java 17, and a project of start.spring.io with Spring Web; save this file as
//           src/main/java/Receiver.java, in place of its application class
// Run:      set BLITZ_WEBHOOK_SECRET, then: ./mvnw spring-boot:run
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Receiver {
    private static final String SECRET = System.getenv().getOrDefault("BLITZ_WEBHOOK_SECRET", "");
    private static final int LIMIT = 5 * 1024 * 1024;

    // The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
    // Jackson prints numbers and escapes differently. Compare as text: as hex, upper case would pass too.
    static boolean isGenuine(byte[] body, String signature) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
        String expected = HexFormat.of().formatHex(mac.doFinal(body));
        return MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8));
    }

    // Not @RequestBody: that is parsed, and a form's bytes are lost. With Spring Security, exempt the route
    // from CSRF, because a sender has no token: csrf.ignoringRequestMatchers("/webhooks/blitz").
    @PostMapping("/webhooks/blitz")
    ResponseEntity<Void> receive(InputStream input, @RequestHeader HttpHeaders headers)
            throws IOException, GeneralSecurityException {
        String signature = Objects.requireNonNullElse(headers.getFirst("x-webhook-signature"), "");
        byte[] body = input.readNBytes(LIMIT + 1);
        if (body.length > LIMIT) return ResponseEntity.status(413).build();
        if (!isGenuine(body, signature)) return ResponseEntity.status(401).build();

        // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
        // either: use the body's hash, and skip bodies that you have already stored.
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
        System.out.printf("genuine: %d bytes, %s%n", body.length, HexFormat.of().formatHex(hash));

        // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
        return ResponseEntity.ok().build();
    }

    public static void main(String[] args) {
        if (SECRET.isEmpty()) {
            System.err.println("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.");
            System.exit(1); // with an empty key anyone could sign
        }
        SpringApplication application = new SpringApplication(Receiver.class);
        String port = System.getenv().getOrDefault("PORT", "3000");
        application.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", port));
        application.run(args);
    }
}
