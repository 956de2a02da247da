package Inv::HTTP;

# A raw HTTP/1.1 client: requests are texts, so that tests can send whatever a
# client could, and many connections run at once in one process.

use strict;
use warnings;

use Errno qw(EINPROGRESS EAGAIN EWOULDBLOCK EINTR);
use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_ERROR);
use Time::HiRes qw(time);

use Inv::Response;

our @EXPORT_OK = qw(request_text exchange exchange_all drive);

# Seconds after which a request counts as unanswered.
use constant TIMEOUT => 30;

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

# method, path, then: json (encoded) or body (as it is), type, headers (list
# of pairs), version, host, keepalive.
sub request_text {
    my ($method, $path, %opt) = @_;
    my $version = $opt{version} // '1.1';
    my $body = exists $opt{json} ? $json->encode($opt{json}) : $opt{body};
    my $type = $opt{type} // (defined $body ? 'application/json' : undef);
    my @headers = @{ $opt{headers} // [] };
    my $text = "$method $path HTTP/$version\r\n";

    $text .= 'Host: ' . ($opt{host} // 'localhost') . "\r\n";
    $text .= "Connection: close\r\n"
        if !$opt{keepalive} && $version eq '1.1';
    $text .= "Content-Type: $type\r\n" if defined $type && length $type;
    $text .= 'Content-Length: ' . length($body) . "\r\n"
        if defined $body && !$opt{chunked};
    $text .= "Transfer-Encoding: chunked\r\n" if $opt{chunked};
    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n";
    }
    $text .= "\r\n";
    return $text if !defined $body || $opt{head_only};
    return $text . ($opt{chunked} ? chunked($body, $opt{chunked}) : $body);
}

sub chunked {
    my ($body, $size) = @_;
    my $text = '';
    while (length $body) {
        my $part = substr $body, 0, $size, '';
        $text .= sprintf "%x\r\n%s\r\n", length $part, $part;
    }
    return $text . "0\r\n\r\n";
}

# One request on a connection of its own.
sub exchange {
    my ($port, $method, $path, %opt) = @_;
    my ($r) = exchange_all(
        {   port    => $port,
            method  => $method,
            text    => request_text($method, $path, %opt),
            timeout => $opt{timeout},
        }
    );
    return $r;
}

# All requests at once, each on its own connection; none is sent before all
# are connected.  Returns the responses in the order of the requests.
sub exchange_all {
    my (@requests) = @_;
    my @responses;
    my $next = 0;

    drive(
        connections => scalar @requests,
        together    => 1,
        request     => sub {
            return if $next >= @requests;
            my $n = $next++;
            return { %{ $requests[$n] }, n => $n };
        },
        response => sub {
            my ($r, $request) = @_;
            $responses[ $request->{n} ] = $r;
        },
    );
    return @responses;
}

# A closed loop: `connections` clients, each sending what request() returns
# ({port, text, method, timeout}; nothing: this client ends), each on a
# new connection unless the answer may be followed by another (keepalive).
# response(r, request) is called for each, tick() on every turn.
sub drive {
    my (%opt) = @_;
    my @clients = map { { state => 'idle' } } 1 .. $opt{connections};

    for my $client (@clients) {
        _begin($client, \%opt);
    }
    _connect_all(\@clients) if $opt{together};

    while (my @live = grep { $_->{state} ne 'done' } @clients) {
        _turn(\@live, \%opt);
        $opt{tick}->() if $opt{tick};
    }
    return;
}

sub _begin {
    my ($client, $opt) = @_;
    my $request = $opt->{request}->();

    if (!$request) {
        close $client->{sock} if $client->{sock};
        $client->{state} = 'done';
        return;
    }
    my $reuse = $client->{sock}
        && $client->{open}
        && $client->{request}{port} == $request->{port};
    $client->{request}  = $request;
    $client->{out}      = $request->{text};
    $client->{in}       = '';
    $client->{started}  = time;
    $client->{deadline} = time + ($request->{timeout} // TIMEOUT);
    if ($reuse) {
        $client->{state} = 'writing';
        return;
    }
    _connect($client, $request->{port});
    return;
}

sub _connect {
    my ($client, $port) = @_;
    my $sock = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $port,
        Proto    => 'tcp',
        Blocking => 0,
    );
    $client->{sock}  = $sock;
    $client->{state} = $sock ? 'connecting' : 'failed';
    $client->{error} = "connect: $!" if !$sock;
    return;
}

# Waits until no client is connecting any more, without sending a byte.
sub _connect_all {
    my ($clients) = @_;
    while (my @waiting = grep { $_->{state} eq 'connecting' } @{$clients}) {
        my (undef, $writable)
            = _select([], [ map { $_->{sock} } @waiting ], 0.1);
        for my $client (@waiting) {
            _connected($client) if $writable->{ $client->{sock} };
            _expire($client);
        }
    }
    return;
}

sub _connected {
    my ($client) = @_;
    my $error = $client->{sock}->sockopt(SO_ERROR);
    if ($error) {
        local $! = $error;
        $client->{error} = "connect: $!";
        $client->{state} = 'failed';
        return;
    }
    $client->{state} = 'writing';
    return;
}

sub _expire {
    my ($client) = @_;
    return if time < $client->{deadline};
    return if $client->{state} =~ /^(?:done|failed)$/;
    $client->{error} = 'no answer in time';
    $client->{state} = 'failed';
    return;
}

sub _select {
    my ($readers, $writers, $timeout) = @_;
    my ($r, $w) = IO::Select->select(IO::Select->new(@{$readers}),
        IO::Select->new(@{$writers}), undef, $timeout);
    return ({ map { $_ => 1 } @{ $r // [] } }, { map { $_ => 1 } @{ $w // [] } });
}

sub _turn {
    my ($live, $opt) = @_;
    my @writers = grep { $_->{state} =~ /^(?:connecting|writing)$/ } @{$live};
    my @readers = grep { $_->{state} =~ /^(?:writing|reading)$/ } @{$live};
    my ($readable, $writable) = _select([ map { $_->{sock} } @readers ],
        [ map { $_->{sock} } @writers ], 0.02);

    for my $client (@{$live}) {
        _connected($client)
            if $client->{state} eq 'connecting' && $writable->{ $client->{sock} };
        _write($client)
            if $client->{state} eq 'writing' && $writable->{ $client->{sock} };
        _read($client)
            if $client->{state} =~ /^(?:writing|reading)$/
            && $readable->{ $client->{sock} };
        _expire($client);
        _finish($client, $opt)
            if $client->{state} =~ /^(?:answered|failed)$/;
    }
    return;
}

sub _write {
    my ($client) = @_;
    my $n = syswrite $client->{sock}, $client->{out};
    if (!defined $n) {
        return if $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR};
        # The server may have answered before it stopped reading.
        $client->{out}   = '';
        $client->{error} = "write: $!";
        $client->{state} = 'reading';
        return;
    }
    substr $client->{out}, 0, $n, '';
    $client->{state} = 'reading' if !length $client->{out};
    return;
}

sub _read {
    my ($client) = @_;
    my $n = sysread $client->{sock}, $client->{in}, 65536, length $client->{in};
    if (!defined $n) {
        return if $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR};
        $client->{error} = "read: $!";
    }
    my $eof = !$n;
    my $r = Inv::Response->take(\$client->{in}, $client->{request}{method},
        $eof);
    if ($r) {
        $client->{response} = $r;
        $client->{open}     = !$eof && $r->keeps_alive;
        $client->{state}    = 'answered';
        return;
    }
    if ($eof) {
        $client->{error} //= 'connection closed';
        $client->{state} = 'failed';
    }
    return;
}

sub _finish {
    my ($client, $opt) = @_;
    my $r = delete $client->{response};

    if ($client->{state} eq 'failed') {
        $r = Inv::Response->failed($client->{error} // 'failed');
        $client->{open} = 0;
    }
    $r->{seconds} = time - $client->{started};
    delete $client->{error};
    if (!$client->{open}) {
        close $client->{sock} if $client->{sock};
        delete $client->{sock};
    }
    $opt->{response}->($r, $client->{request});
    _begin($client, $opt);
    return;
}


package Inv::HTTP::Connection;

# One connection under the test's own control: partial requests, pipelining.

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

sub new {
    my ($class, $port) = @_;
    my $sock = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1',
        PeerPort => $port,
        Proto    => 'tcp',
    ) or die "connect to port $port: $!\n";
    $sock->autoflush(1);
    return bless { sock => $sock, in => '' }, $class;
}

sub local_port {
    my ($self) = @_;
    return $self->{sock}->sockport;
}

sub write {
    my ($self, $text) = @_;
    local $SIG{PIPE} = 'IGNORE';
    return print { $self->{sock} } $text;
}

# The next response, a 1xx only if interim is asked for; undef when none came.
sub response {
    my ($self, %opt) = @_;
    my $deadline = time + ($opt{timeout} // Inv::HTTP::TIMEOUT);
    my $eof = 0;

    while (1) {
        my $r = Inv::Response->take(\$self->{in}, $opt{method} // 'GET', $eof,
            $opt{interim});
        return $r if $r;
        return if $eof;
        my $left = $deadline - time;
        return if $left <= 0;
        next if !IO::Select->new($self->{sock})->can_read($left);
        $eof = !sysread $self->{sock}, $self->{in}, 65536, length $self->{in};
    }
    return;
}

# Whether the server has closed (true) within the time.
sub closed {
    my ($self, $seconds) = @_;
    return 0 if !IO::Select->new($self->{sock})->can_read($seconds // 10);
    return !sysread $self->{sock}, $self->{in}, 65536, length $self->{in};
}

sub close {
    my ($self) = @_;
    return CORE::close $self->{sock};
}

# Leaves with a reset, as a client that crashed.
sub reset {
    my ($self) = @_;
    setsockopt $self->{sock}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
        pack 'ii', 1, 0;
    return CORE::close $self->{sock};
}

1;
