// Stands in for Spring Boot, which Debian lacks: Spring MVC 4.3 in an embedded Tomcat 9.
package org.springframework.boot;

import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

public class SpringApplication {
    private final Class<?> application;
    private Map<String, Object> properties;

    public SpringApplication(Class<?> application) {
        this.application = application;
    }

    public void setDefaultProperties(Map<String, Object> properties) {
        this.properties = properties;
    }

    public void run(String... args) {
        AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
        // Not @EnableWebMvc: it needs a proxy, which Debian's version cannot make.
        beans.register(RequestMappingHandlerMapping.class, RequestMappingHandlerAdapter.class, application);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        tomcat.setHostname((String) properties.get("server.address"));
        tomcat.setPort(Integer.parseInt((String) properties.get("server.port")));
        tomcat.getConnector().setProperty("address", (String) properties.get("server.address"));
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "dispatcher", new DispatcherServlet(beans));
        context.addServletMappingDecoded("/", "dispatcher");
        try {
            tomcat.start();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        tomcat.getServer().await();
    }
}
