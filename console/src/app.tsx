import { Center, Loader, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { ApiError } from "./client/api-error.ts";
import { useMe } from "./client/me.ts";
import { createQueryClient } from "./client/query-client.ts";
import { Frame } from "./frame/frame.tsx";
import { ConfirmProvider } from "./parts/confirm.tsx";
import { ErrorBox } from "./parts/error-box.tsx";
import { wordsAreOf } from "./parts/kept-words.ts";
import { PageBoundary } from "./parts/page-boundary.tsx";
import { Routes } from "./routes.tsx";
import { LanguageProvider } from "./texts/language.tsx";
import { theme } from "./theme.ts";

const SignIn = lazy(() => import("./pages/sign-in/sign-in.tsx"));
const PasswordLink = lazy(() => import("./pages/sign-in/password-link.tsx"));
const Palette = lazy(() => import("./frame/palette.tsx"));
// What is told before it is there waits for it.
const Toasts = lazy(() => import("./frame/toast-corner.tsx"));

const client = createQueryClient();

export function App() {
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <Suspense>
            <Toasts />
          </Suspense>
          <ConfirmProvider>
            <Suspense fallback={<Waiting />}>
              <Gate />
            </Suspense>
          </ConfirmProvider>
        </MantineProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

/** Links from an owner first, then whoever is signed in; all others are asked to sign in. */
function Gate() {
  const [location] = useLocation();
  if (location === "/welcome") return <PasswordLink />;
  return <SignedInGate location={location} />;
}

function SignedInGate({ location }: { location: string }) {
  const me = useMe();
  const [finding, setFinding] = useState(0);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (finding > 0 || event.key !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setFinding(1);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [finding]);
  const userId = me.data?.userId;
  useEffect(() => {
    if (userId !== undefined) wordsAreOf(userId);
  }, [userId]);
  const isSignedOut = me.error instanceof ApiError && me.error.status === 401;
  if (isSignedOut) return <SignIn />;
  if (me.data === undefined) {
    return me.error ? (
      <Center p="xl">
        <ErrorBox error={me.error} onRetry={() => void me.refetch()} />
      </Center>
    ) : (
      <Waiting />
    );
  }
  const find = () => setFinding((times) => times + 1);
  return (
    <Frame onFind={find}>
      <PageBoundary where={location}>
        <Routes />
      </PageBoundary>
      {finding > 0 && (
        <Suspense>
          <Palette asked={finding} />
        </Suspense>
      )}
    </Frame>
  );
}

function Waiting() {
  return (
    <Center mih="60vh">
      <Loader size="sm" />
    </Center>
  );
}
