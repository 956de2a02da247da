package Inv::Browser;

# A chromium without a window, with one page, told what to do through a pipe
# (DevTools protocol); it finds no host but this one.  Ends with its object.

use strict;
use warnings;

use JSON::PP;
use POSIX ();
use Time::HiRes qw(time);

my $json = JSON::PP->new->utf8->allow_nonref;

# What chromium reads from and writes to (--remote-debugging-pipe).
my ($FROM_US, $TO_US) = (3, 4);

my @quiet = qw(
    --headless --no-sandbox --disable-gpu --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --disable-extensions --disable-default-apps --disable-dev-shm-usage
    --no-proxy-server --remote-debugging-pipe
);

sub program {
    return (grep {-x} map {"$_/chromium"} split /:/, $ENV{PATH})[0];
}

# dir: its profile and what it says go there.
sub new {
    my ($class, $dir) = @_;
    pipe my $their_in, my $out or die "pipe: $!\n";
    pipe my $in, my $their_out or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        _become($dir, fileno $their_in, fileno $their_out);
    }
    close $their_in;
    close $their_out;
    $out->autoflush(1);
    my $self = bless {
        pid    => $pid,
        owner  => $$,
        in     => $in,
        out    => $out,
        id     => 0,
        rest   => '',
        events => [],
    }, $class;
    my $target =
        $self->call('Target.createTarget', { url => 'about:blank' })->{targetId};
    $self->{session} = $self->call('Target.attachToTarget',
        { targetId => $target, flatten => JSON::PP::true })->{sessionId};
    $self->call("$_.enable") for qw(Page Runtime Network Log);
    return $self;
}

sub _become {
    my ($dir, $in, $out) = @_;
    mkdir "$dir/home";
    open STDIN,  '<', '/dev/null'        or POSIX::_exit(1);
    open STDOUT, '>', "$dir/browser.log" or POSIX::_exit(1);
    open STDERR, '>&', \*STDOUT          or POSIX::_exit(1);
    # Either may stand in the other's place.
    my @safe = map { _copy($_) } $in, $out;
    POSIX::dup2($safe[0], $FROM_US);
    POSIX::dup2($safe[1], $TO_US);
    $ENV{HOME} = "$dir/home";
    exec { program() } program(), @quiet, "--user-data-dir=$dir/profile",
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
        or POSIX::_exit(1);
}

# A copy of a descriptor above all that chromium expects somewhere.
sub _copy {
    my ($fd) = @_;
    my @low;
    while (1) {
        my $copy = POSIX::dup($fd);
        push @low, $copy;
        last if $copy > 9;
    }
    my $copy = pop @low;
    POSIX::close($_) for @low;
    return $copy;
}

# The result of a method; dies where it has none.
sub call {
    my ($self, $method, $parameters) = @_;
    my $id = ++$self->{id};
    print { $self->{out} } $json->encode({
        id     => $id,
        method => $method,
        params => $parameters // {},
        $self->{session} ? (sessionId => $self->{session}) : (),
        }),
        "\0";
    while (1) {
        my $message = $self->_read(30) or die "$method: no answer\n";
        if (($message->{id} // 0) != $id) {
            push @{ $self->{events} }, $message if $message->{method};
            next;
        }
        die "$method: $message->{error}{message}\n" if $message->{error};
        return $message->{result};
    }
}

# The next message; nothing, when the seconds are over.
sub _read {
    my ($self, $seconds) = @_;
    my $deadline = time + $seconds;
    my $end;
    while (($end = index $self->{rest}, "\0") < 0) {
        my $set = '';
        vec($set, fileno $self->{in}, 1) = 1;
        my $left = $deadline - time;
        return if $left <= 0 || select($set, undef, undef, $left) <= 0;
        sysread $self->{in}, $self->{rest}, 65_536, length $self->{rest}
            or die "the browser has ended\n";
    }
    my $message = substr $self->{rest}, 0, $end + 1, '';
    chop $message;
    return $json->decode($message);
}

# Opens an address and waits until it is there.
sub open {    ## no critic (ProhibitBuiltinHomonyms)
    my ($self, $address) = @_;
    $self->call('Page.navigate', { url => $address });
    return $self->wait_for(
        "document.readyState === 'complete' && location.href !== 'about:blank'");
}

# The value of an expression; promises are waited for.
sub value {
    my ($self, $expression) = @_;
    my $answer = $self->call(
        'Runtime.evaluate',
        {   expression    => $expression,
            returnByValue => JSON::PP::true,
            awaitPromise  => JSON::PP::true,
        }
    );
    if (my $wrong = $answer->{exceptionDetails}) {
        die "$expression: ",
            $wrong->{exception}{description} // $wrong->{text}, "\n";
    }
    return $answer->{result}{value};
}

# True as soon as an expression is; false after ten seconds.
sub wait_for {
    my ($self, $expression) = @_;
    my $deadline = time + 10;
    while (time < $deadline) {
        return 1 if $self->value("Boolean($expression)");
        select undef, undef, undef, 0.02;
    }
    return 0;
}

# A key, pressed and released.
sub press {
    my ($self, $key, $code) = @_;
    my %key = (
        key                   => $key,
        code                  => $key,
        windowsVirtualKeyCode => $code,
        $key eq 'Enter' ? (text => "\r") : (),
    );
    $self->call('Input.dispatchKeyEvent', { type => 'keyDown', %key });
    $self->call('Input.dispatchKeyEvent', { type => 'keyUp',   %key });
    return;
}

# The parameters of all events of a name that have come.
sub events {
    my ($self, $name) = @_;
    $self->call('Runtime.getIsolateId');
    return map { $_->{params} }
        grep { $_->{method} eq $name } @{ $self->{events} };
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local ($?, $@);
    eval {
        delete $self->{session};
        $self->call('Browser.close');
    };
    kill KILL => $self->{pid} if $@;
    waitpid $self->{pid}, 0;
    return;
}

1;
