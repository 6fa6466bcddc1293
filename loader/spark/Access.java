package shop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import javax.security.sasl.AuthenticationException;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletResponse;
import org.apache.hive.service.auth.PasswdAuthenticationProvider;
import org.apache.spark.SparkEnv;

/** Who may reach the cluster on this machine: whoever knows its secret, and nobody by its web pages. */
public final class Access {
    private Access() {}

    /** The Thrift server's password is the secret that the parts of the cluster show each other. */
    public static final class Password implements PasswdAuthenticationProvider {
        @Override
        public void Authenticate(String user, String password) throws AuthenticationException {
            if (password == null || !MessageDigest.isEqual(bytes(password), bytes(secret()))) {
                throw new AuthenticationException("wrong password");
            }
        }

        private static String secret() {
            return SparkEnv.get().securityManager().getSecretKey();
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** The pages of master and workers, which have no switch, show logs and end applications. */
    public static final class NoPages implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException {
            ((HttpServletResponse) response).sendError(HttpServletResponse.SC_FORBIDDEN);
        }
    }
}
